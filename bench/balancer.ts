/**
 * Hands connections to several ports in turn, octet by octet: a process of its own (child.ts). The ports are its argument, its
 * own port is what it says.
 */
import net from 'node:net';

const ports = JSON.parse(process.argv[2] ?? '[]') as readonly number[];
let turn = 0;
const server = net.createServer({ noDelay: true }, (client) => {
  const relay = net.connect({ host: '127.0.0.1', port: ports[turn++ % ports.length] ?? 0, noDelay: true });
  client.pipe(relay).pipe(client);
  client.on('error', () => relay.destroy());
  relay.on('error', () => client.destroy());
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as net.AddressInfo).port }));
