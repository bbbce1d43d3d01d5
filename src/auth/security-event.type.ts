import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageInfo } from '../graphql/page-info.type.js';

export enum SecurityEventKind {
  REGISTERED = 'REGISTERED',
  LOGGED_IN = 'LOGGED_IN',
  LOGIN_FAILED = 'LOGIN_FAILED',
  LOGGED_OUT = 'LOGGED_OUT',
  TOKEN_REUSED = 'TOKEN_REUSED',
  TOTP_ENABLED = 'TOTP_ENABLED',
  TOTP_DISABLED = 'TOTP_DISABLED',
  PASSWORD_CHANGED = 'PASSWORD_CHANGED',
  DEVICE_ADDED = 'DEVICE_ADDED',
  DEVICE_DEACTIVATED = 'DEVICE_DEACTIVATED',
  RECOVERY_CODE_USED = 'RECOVERY_CODE_USED',
  ROLE_CHANGED = 'ROLE_CHANGED',
}

registerEnumType(SecurityEventKind, {
  name: 'SecurityEventKind',
  description: 'What happened to an account.',
  valuesMap: {
    REGISTERED: { description: 'The account was made, with its first device and session.' },
    LOGGED_IN: { description: 'A session was opened with the password, and with a code where one is needed.' },
    LOGIN_FAILED: {
      description: 'Somebody tried a wrong password, or the right one with a wrong code; with a session, within it.',
    },
    LOGGED_OUT: { description: 'A session was ended by `logout` or `revokeSession`.' },
    TOKEN_REUSED: { description: 'A refresh token was used twice, and its session was ended: two held it.' },
    TOTP_ENABLED: { description: 'Logging in needs a code from now on.' },
    TOTP_DISABLED: { description: 'Logging in needs no code any more.' },
    PASSWORD_CHANGED: { description: 'The password was changed, and every other session ended.' },
    DEVICE_ADDED: { description: 'A further device was registered.' },
    DEVICE_DEACTIVATED: { description: 'A device was put out of use, and its sessions ended.' },
    RECOVERY_CODE_USED: { description: 'A recovery code stood in for the authenticator app; it is used up.' },
    ROLE_CHANGED: { description: 'The account became an administrator, or is one no longer.' },
  },
});

@ObjectType({ description: 'Something that happened to the viewer’s account. Without addresses: none are kept.' })
export class SecurityEvent {
  @Field(() => ID, { description: 'UUID.' })
  id!: string;

  @Field(() => SecurityEventKind, { description: 'What happened.' })
  kind!: SecurityEventKind;

  @Field({ description: 'When.' })
  at!: Date;

  @Field(() => ID, {
    nullable: true,
    description: 'UUID of the session it happened in or to; null when there was none. It may have ended since.',
  })
  sessionId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'UUID of the device it happened on or to; null when there was none.',
  })
  deviceId?: string | null;
}

@ObjectType({ description: 'A page of security events, the newest first.' })
export class SecurityEventConnection {
  @Field(() => [SecurityEvent], { description: 'The events of this page.' })
  nodes!: SecurityEvent[];

  @Field({ description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}
