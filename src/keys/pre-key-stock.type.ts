import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum PreKeyState {
  READY = 'READY',
  LOW = 'LOW',
  EMPTY = 'EMPTY',
  STALE = 'STALE',
}

registerEnumType(PreKeyState, {
  name: 'PreKeyState',
  description: 'What the stock asks of the device. One-time KEM prekeys count here once the device has published some.',
  valuesMap: {
    READY: { description: 'Nothing to do.' },
    LOW: { description: 'Fewer than 20 one-time prekeys of a kind are left: upload more.' },
    EMPTY: { description: 'No one-time prekey of a kind is left: upload more.' },
    STALE: {
      description: 'The signed prekey is 10 days old or older: upload a new one. Told before `LOW` and `EMPTY`.',
    },
  },
});

@ObjectType({ description: 'What the relay holds of a device’s prekeys. Shown to its own account only.' })
export class PreKeyStock {
  @Field(() => ID, { description: 'UUID of the device.' })
  deviceId!: string;

  @Field(() => Int, { description: 'One-time prekeys that wait to be claimed: 0 to 200.' })
  oneTimePreKeys!: number;

  @Field(() => Int, { description: 'One-time KEM prekeys that wait to be claimed: 0 to 200.' })
  kemPreKeys!: number;

  @Field(() => Int, { description: 'Whole days since the signed prekey was uploaded first.' })
  signedPreKeyAgeDays!: number;

  @Field({ description: 'Whether the last-resort KEM prekey was served since it was uploaded. If so, replace it.' })
  lastResortUsed!: boolean;

  @Field(() => PreKeyState, { description: 'What the stock asks of the device.' })
  state!: PreKeyState;
}
