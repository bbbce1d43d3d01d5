import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { InvitesResolver } from './invites.resolver.js';
import { Invites } from './invites.service.js';
import { ServerAccess } from './server.access.js';
import { ServerRow } from './server.entity.js';
import { ServerAdmission } from './server-admission.js';
import { ServerDepartures } from './server-departures.js';
import { ServerInviteRow } from './server-invite.entity.js';
import { ServerMemberRow } from './server-member.entity.js';
import { ServerMembersResolver } from './server-members.resolver.js';
import { ServerMembers } from './server-members.service.js';
import { ServersResolver } from './servers.resolver.js';
import { Servers } from './servers.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ServerRow, ServerMemberRow, ServerInviteRow])],
  providers: [
    Invites,
    InvitesResolver,
    ServerAccess,
    ServerAdmission,
    ServerDepartures,
    ServerMembers,
    ServerMembersResolver,
    Servers,
    ServersResolver,
  ],
  exports: [ServerAccess, ServerDepartures],
})
export class ServersModule {}
