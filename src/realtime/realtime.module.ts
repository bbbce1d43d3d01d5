import { Global, Module } from '@nestjs/common';
import { LiveSessions } from './live-sessions.js';
import { LogCursors } from './log-cursor.js';
import { LogQueries } from './log.queries.js';
import { LogTails } from './log-tails.js';
import { SocketCaps } from './socket-caps.js';
import { SocketServer } from './socket-server.js';
import { Topics } from './topics.js';

const shared = [LiveSessions, Topics, LogCursors, LogQueries, LogTails, SocketCaps, SocketServer];

@Global()
@Module({ providers: shared, exports: shared })
export class RealtimeModule {}
