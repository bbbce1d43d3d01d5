import { put, requests, uploads } from '../files.js';
import { someFile } from '../sealed-file.js';
import { ranks, type Subject } from './answers.js';
import type { World } from './world.js';

/** What the owner of a world has uploaded to its channels. */
export class Files {
  constructor(private readonly world: World) {}

  /** For the group: the store has it, and the relay was not told. */
  get uploading(): Promise<string> {
    return this.world.hiddenOnce('uploading', ['owner'], async () => {
      const file = someFile();
      const upload = await requests(this.world.owner, await this.world.group, file);
      await put(upload, file);
      return upload.attachment.id;
    });
  }

  /** For the group: it waits to be attached. */
  get waiting(): Promise<string> {
    return this.world.hiddenOnce('waiting', ['owner'], async () => this.uploadedTo(await this.world.group));
  }

  /** Attached to a message in the group. */
  get attached(): Promise<string> {
    return this.attachedIn('group', ranks);
  }

  /** A message in the group to which one is attached. */
  get message(): Promise<string> {
    return this.world.hiddenOnce('message with file', ranks, async () =>
      this.world.postedIn(await this.world.group, await this.uploadedTo(await this.world.group)),
    );
  }

  /** Attached to a message in the server's channel. */
  get inServer(): Promise<string> {
    return this.attachedIn('serverChannel', ranks);
  }

  /** Attached to a message in the private channel. */
  get inPrivate(): Promise<string> {
    return this.attachedIn('privateChannel', ['owner', 'member']);
  }

  private attachedIn(channel: 'group' | 'serverChannel' | 'privateChannel', to: readonly Subject[]): Promise<string> {
    return this.world.hiddenOnce(`attached in ${channel}`, to, async () => {
      const id = await this.uploadedTo(await this.world[channel]);
      await this.world.postedIn(await this.world[channel], id);
      return id;
    });
  }

  private async uploadedTo(channelId: string): Promise<string> {
    return (await uploads(this.world.owner, channelId, someFile())).id;
  }
}
