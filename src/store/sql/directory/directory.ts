/** The directory's role, assembled from its nouns. */
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import type { UsageReader } from '../../usage.ts';
import type { StepsOf } from '../steps.ts';
import { accountReads, accountWrites } from './accounts.ts';
import { credentialReads, credentialWrites } from './credentials.ts';
import { domainReads, domainWrites } from './domains.ts';

export const directoryReads: StepsOf<DirectoryReader & UsageReader> = {
  ...accountReads,
  ...domainReads,
  ...credentialReads,
};

export const directoryWrites: StepsOf<DirectoryWriter> = {
  ...accountWrites,
  ...domainWrites,
  ...credentialWrites,
};
