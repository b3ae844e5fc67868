import { expect, it } from 'vitest';
import { ClientRates, RATION_OF_HOST, RATION_OF_NETWORK } from '../../../src/inbound/client-rates.ts';

const MINUTE_MS = 60_000;

function takes(rates: ClientRates, address: string, most: number, nowMs = 0): number {
  for (let count = 0; count < most; count++) if (rates.take(address, nowMs) !== undefined) return count;
  return most;
}

it.each([
  ['192.0.2.1', ['192.0.2.2', '192.0.2.3'], '198.51.100.1'],
  // A /64 is one host, and a /48 one network, whatever stands behind it.
  ['2001:db8:1:1::1', ['2001:db8:1:2::1', '2001:db8:1:3::1'], '2001:db8:2:1::1'],
])('counts messages for %s, its neighbours and its network', (host, neighbours, elsewhere) => {
  const rates = new ClientRates();
  const { messagesPerMinute: ofHost } = RATION_OF_HOST;
  expect(takes(rates, host, 10_000)).toBe(ofHost);
  const ofNeighbours = neighbours.map((neighbour) => takes(rates, neighbour, 10_000));
  expect(ofNeighbours).toEqual([ofHost, RATION_OF_NETWORK.messagesPerMinute - 2 * ofHost]);
  expect(takes(rates, elsewhere, 1)).toBe(1);
});

it('counts addresses of one /64 as one host', () => {
  const rates = new ClientRates();
  expect(takes(rates, '2001:db8:1:1::1', 10_000)).toBe(RATION_OF_HOST.messagesPerMinute);
  expect(takes(rates, '2001:db8:1:1:ffff::9', 1)).toBe(0);
});

it('lets octets come in beyond the ration, and the next message wait until the rate has paid for them', () => {
  const rates = new ClientRates();
  const { octetsPerMinute } = RATION_OF_HOST;
  rates.spendOctets('192.0.2.1', 1.5 * octetsPerMinute, 0);
  expect(rates.take('192.0.2.1', 0)).toEqual({
    code: 451,
    status: '4.7.1',
    text: 'Too much from your network, try again in 30 seconds',
  });
  expect(rates.take('192.0.2.2', 0)).toBeUndefined();
  expect(rates.take('192.0.2.1', MINUTE_MS / 2 + 1_000)).toBeUndefined();
});

it('counts octets for the network too', () => {
  const rates = new ClientRates();
  const { octetsPerMinute } = RATION_OF_NETWORK;
  for (let host = 1; host <= 3; host++) rates.spendOctets(`192.0.2.${host}`, octetsPerMinute / 3, 0);
  expect(rates.take('192.0.2.9', 0)?.code).toBe(451);
  expect(rates.take('192.0.3.9', 0)).toBeUndefined();
});

it('does not count what it refuses', () => {
  const rates = new ClientRates();
  takes(rates, '192.0.2.1', RATION_OF_HOST.messagesPerMinute);
  for (let count = 0; count < 10_000; count++) rates.take('192.0.2.1', 0);
  expect(takes(rates, '192.0.2.1', 10_000, MINUTE_MS)).toBe(RATION_OF_HOST.messagesPerMinute);
  expect(takes(rates, '192.0.2.2', 10_000, MINUTE_MS)).toBe(RATION_OF_HOST.messagesPerMinute);
});
