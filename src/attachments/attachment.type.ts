import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum AttachmentState {
  PENDING = 'PENDING',
  READY = 'READY',
  ATTACHED = 'ATTACHED',
}

registerEnumType(AttachmentState, {
  name: 'AttachmentState',
  description: 'How far an attachment has come. Until it is ATTACHED only its uploader sees it, for 24 hours.',
  valuesMap: {
    PENDING: { description: 'Requested; the store was not seen to have it.' },
    READY: { description: 'Uploaded and completed: it may be attached.' },
    ATTACHED: { description: 'Part of a message, and goes with it.' },
  },
});

@ObjectType({
  description: 'An encrypted file of a channel. What it is called and what is in it stands in the message, sealed.',
})
export class Attachment {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => ID, { description: 'The channel.' })
  channelId!: string;

  @Field(() => Int, { description: 'Bytes of the file as it is stored: one of the padded sizes.' })
  size!: number;

  @Field(() => AttachmentState, { description: 'How far it has come.' })
  state!: AttachmentState;

  @Field({ description: 'When the upload was requested.' })
  createdAt!: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'When it is forgotten, with its message; null: it is not, or not attached.',
  })
  expiresAt!: Date | null;
}

@ObjectType({ description: 'A header of an HTTP request.' })
export class HttpHeader {
  @Field({ description: 'Its name.' })
  name!: string;

  @Field({ description: 'Its value.' })
  value!: string;
}

@ObjectType({ description: 'How to upload a file, straight to the store.' })
export class Upload {
  @Field(() => Attachment, { description: 'What it becomes; PENDING.' })
  attachment!: Attachment;

  @Field({ description: '`PUT`.' })
  method!: string;

  @Field({
    description:
      'The address. It takes exactly the bytes that were announced: their length as `Content-Length`, their SHA-256, nothing else. Keep it to yourself.',
  })
  url!: string;

  @Field(() => [HttpHeader], { description: 'Send all of these with it, as they are; no `Authorization`.' })
  headers!: HttpHeader[];

  @Field({ description: 'Until when the upload must have begun: an hour.' })
  expiresAt!: Date;
}
