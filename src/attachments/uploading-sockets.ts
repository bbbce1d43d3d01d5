import type { Socket } from 'node:net';

/** Connections on which a file comes in. They may take longer than any other request: the routes of files watch over them. */
export const uploadingSockets = new WeakSet<Socket>();
