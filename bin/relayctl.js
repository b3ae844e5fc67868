#!/usr/bin/env node
import { requireNode } from './node-version.js';

requireNode('relayctl');
// First of all: Node.js would open its debugger to every user of this machine.
process.on('SIGUSR1', () => {});
const { main } = await import('../dist/app/relayctl.js');
process.exit(await main(process.argv.slice(2)));
