/** Networks as they are typed for --allow-ip (admin/credentials/network.ts), refused in the words of the command line. */
import { readNetwork, type Network } from '../../admin/credentials/network.ts';
import { usage } from '../program/cli-failure.ts';

export function parseNetwork(text: string): Network {
  const network = readNetwork(text);
  if (!('problem' in network)) return network;
  const { problem, hint } = network;
  throw usage(`--allow-ip ${text}${problem.startsWith(':') ? '' : ' '}${problem}`, hint);
}
