import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'lethe:public';

/** Opens an operation or route to strangers. Everything else needs an access token. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
