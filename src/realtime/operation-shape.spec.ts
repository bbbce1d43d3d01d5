import { buildSchema, parse } from 'graphql';
import type { LogPage } from './log-entry.js';
import { OperationShapes, PER_VIEWER } from './operation-shape.js';

const schema = buildSchema(`
  type Query { me: String }
  type Page { cursor: String caughtUp: Boolean status: String }
  type Subscription { log(channelId: ID, after: String): Page }
`);
const page = schema.getType('Page');
if (page && 'getFields' in page) Object.assign(page.getFields().status?.extensions ?? {}, PER_VIEWER);

const shapes = new OperationShapes(schema, () => ({}));
const source =
  'subscription ($id: ID, $after: String, $brief: Boolean = false) { log(channelId: $id, after: $after) { cursor caughtUp @skip(if: $brief) } }';
const document = parse(source);
const keyOf = (variableValues: Record<string, unknown>, of = document) =>
  shapes.of({ schema, document: of, variableValues })?.key;

describe('the shape of an operation', () => {
  it('is the same wherever the follower stands', () => {
    expect(keyOf({ id: 'a', after: '1' })).toBe(keyOf({ id: 'a', after: '2' }));
  });

  it('is another one when a variable changes what is selected', () => {
    expect(keyOf({ after: '1', brief: true })).not.toBe(keyOf({ after: '1', brief: false }));
  });

  it('is another one for another document', () => {
    expect(keyOf({}, parse('subscription { log { cursor } }'))).not.toBe(keyOf({}));
  });

  it('does not exist where a field depends on who asks, in a fragment, too', () => {
    expect(keyOf({}, parse('subscription { log { status } }'))).toBeUndefined();
    expect(keyOf({}, parse('subscription { log { ...F } } fragment F on Page { status }'))).toBeUndefined();
  });

  it('runs a page into the message every follower gets', async () => {
    const message = await shapes.of({ schema, document, variableValues: { brief: true } })?.run({
      cursor: 'here',
      caughtUp: true,
    } as LogPage);
    const [frame] = message?.framesFor(Buffer.from('}')) ?? [];
    expect(frame?.toString('utf8', 2)).toBe('{"type":"next","payload":{"data":{"log":{"cursor":"here"}}}}');
  });
});
