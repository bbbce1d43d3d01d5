import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { clock, latenciesOf, type PosterPlan, type PostersAnswer, type PostersAsked, stampedBody } from './protocol.js';

/** Posts over many sockets, one message after the other on each. */

interface Message {
  type: string;
  id: string;
  payload?: { data?: unknown; errors?: unknown };
}

const POST = 'mutation ($input: PostMessageInput!) { postMessage(input: $input) { id seq } }';

class Poster {
  private readonly answers = new Map<string, (taken: boolean) => void>();
  private posts = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly channelId: string,
    private readonly bodyBytes: number,
  ) {}

  static async open({ url, token, channelId }: PosterPlan, bodyBytes: number): Promise<Poster> {
    const socket = new WebSocket(url, ['graphql-transport-ws'], { perMessageDeflate: false });
    const poster = new Poster(socket, channelId, bodyBytes);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', (code) => reject(new Error(`A poster was closed with ${code}.`)));
      socket.once('open', () =>
        socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken: token } })),
      );
      socket.on('message', (data) => {
        const message = JSON.parse((data as Buffer).toString()) as Message;
        if (message.type === 'connection_ack') resolve();
        else poster.hear(message);
      });
    });
    return poster;
  }

  /** How long it took, or undefined when it was refused. */
  async post(): Promise<number | undefined> {
    const id = String(++this.posts);
    const input = {
      channelId: this.channelId,
      clientMessageId: randomUUID(),
      epoch: 1,
      sealedBody: stampedBody(this.bodyBytes),
    };
    const began = clock();
    this.socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query: POST, variables: { input } } }));
    const taken = await new Promise<boolean>((settle) => this.answers.set(id, settle));
    return taken ? clock() - began : undefined;
  }

  close(): void {
    this.socket.terminate();
  }

  private hear({ type, id, payload }: Message): void {
    if (type === 'ping') return this.socket.send('{"type":"pong"}');
    if (type !== 'next' && type !== 'error') return;
    this.answers.get(id)?.(type === 'next' && payload?.errors === undefined);
    this.answers.delete(id);
  }
}

let posters: Poster[] = [];

const tell = (answer: PostersAnswer) => process.send?.(answer);

async function post({ messages, perSecond }: Extract<PostersAsked, { ask: 'post' }>): Promise<void> {
  const began = clock();
  const took: (number | undefined)[] = [];
  let begun = 0;
  const work = async (poster: Poster) => {
    while (begun < messages) {
      const due = perSecond === undefined ? 0 : began + (begun * 1_000) / perSecond - clock();
      begun += 1;
      if (due > 1) await pause(due);
      took.push(await poster.post());
    }
  };
  await Promise.all(posters.map(work));
  const latencies = latenciesOf(took.filter((milliseconds) => milliseconds !== undefined));
  tell({ answer: 'posted', seconds: (clock() - began) / 1_000, refused: messages - latencies.count, latencies });
}

process.on('message', (asked: PostersAsked) => {
  if (asked.ask === 'open')
    void Promise.all(asked.plans.map((plan) => Poster.open(plan, asked.bodyBytes))).then((opened) => {
      posters = opened;
      tell({ answer: 'opened' });
    });
  else if (asked.ask === 'post') void post(asked);
  else {
    for (const poster of posters) poster.close();
    process.disconnect();
  }
});
