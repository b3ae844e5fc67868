/** One `[[source]]` table as a source (policy/egress/source.ts), all of it but the certificate, which is read from its files. */
import { DEFAULT_POOL, type Source } from '../../policy/egress/source.ts';
import { hostnameKind } from '../address-kinds.ts';
import { integerKind, textKind } from '../value-kinds.ts';
import { egressNameKind, hopKind, sourceAddressesKind, warmUpKind } from './egress-kinds.ts';
import { tablesKind, type TableFields } from './table-fields.ts';

export interface SourceTable extends Omit<Source, 'hostname' | 'clientCertificate'> {
  /** `undefined`: as the relay. */
  readonly hostname: string | undefined;
  /** As written. */
  readonly certificateFiles: { readonly cert: string; readonly key: string } | undefined;
}

export const SOURCE_KEYS = [
  'name',
  'address',
  'hostname',
  'pool',
  'weight',
  'warm_up',
  'client_cert',
  'client_key',
  'hop',
];
const weightKind = integerKind(1, 1000);

export const sourcesKind = tablesKind<SourceTable>('source', readSource);

function readSource(fields: TableFields): SourceTable {
  fields.refuseOthers(SOURCE_KEYS);
  return {
    name: fields.need('name', egressNameKind) ?? '',
    addresses: fields.need('address', sourceAddressesKind) ?? [],
    hostname: fields.take('hostname', hostnameKind),
    pool: fields.take('pool', egressNameKind) ?? DEFAULT_POOL,
    weight: fields.take('weight', weightKind) ?? 1,
    certificateFiles: readCertificateFiles(fields),
    hop: fields.take('hop', hopKind),
    warmUp: fields.take('warm_up', warmUpKind),
  };
}

function readCertificateFiles(fields: TableFields): SourceTable['certificateFiles'] {
  const cert = fields.take('client_cert', textKind);
  const key = fields.take('client_key', textKind);
  if (fields.has('client_cert') && !fields.has('client_key'))
    fields.refuse('client_cert', 'needs client_key, the private key of that certificate');
  if (fields.has('client_key') && !fields.has('client_cert'))
    fields.refuse('client_key', 'needs client_cert, the certificate of that key');
  return cert === undefined || key === undefined ? undefined : { cert, key };
}
