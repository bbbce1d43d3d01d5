import type { Tokens } from '../people.js';
import type { Scene } from './scene.js';

/** Somebody, once they have registered. */
export interface Somebody {
  tokens: Tokens;
  username: string;
  password: string;
}

/** What one step leaves to the next ones. */
export interface Cast {
  alice: Somebody;
  bob: Somebody;
  channelId: string;
  /** Of what they have made. */
  ids: string[];
}

export interface Step {
  name: string;
  /** Gives how the relay answered: `OK`, or code and reason of its refusal. */
  play: (scene: Scene, cast: Cast) => Promise<unknown>;
  answers: unknown;
}
