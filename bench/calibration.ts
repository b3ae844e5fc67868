/**
 * How fast this machine is at this moment: machines differ and drift, so every run says what one RSA-2048 signature
 * costs here and now, on one thread. Figures of two runs compare only as far as these do.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const SIGNATURES = 150;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Milliseconds of processor time for one RSA-2048 signature. Takes some 0.1 s. */
export function signatureCpuMs(): number {
  const data = randomBytes(256);
  sign('sha256', data, privateKey);
  const before = process.cpuUsage();
  for (let i = 0; i < SIGNATURES; i++) sign('sha256', data, privateKey);
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000 / SIGNATURES;
}
