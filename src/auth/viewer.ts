import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import { LetheError } from '../errors/lethe-error.js';
import type { Identity, OperationContext } from '../graphql/operation-context.js';

/** Who is asking, as their access token says. */
export type Viewer = Identity;

/** The viewer of the operation. Every operation that is not `@Public()` has one: the guard saw to it. */
export const CurrentViewer = createParamDecorator((_: unknown, context: ExecutionContext): Viewer => {
  const { identity } = GqlExecutionContext.create(context).getContext<OperationContext>();
  if (identity === undefined || identity instanceof LetheError) throw new Error('No guard stands before this.');
  return identity;
});

/** The device of the session, for what only a device can do. */
export function deviceOf({ deviceId }: Viewer): string {
  if (deviceId !== undefined) return deviceId;
  throw new LetheError('FORBIDDEN', 'The session is not bound to a device.', { reason: 'DEVICE_REQUIRED' });
}
