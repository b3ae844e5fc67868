#!/usr/bin/env node
import { requireNode } from './node-version.js';

requireNode('relayd');
// First of all: at SIGUSR1 Node.js would open its debugger to every user of this machine, at SIGUSR2 it would end.
for (const signal of ['SIGUSR1', 'SIGUSR2']) process.on(signal, () => {});
const { main } = await import('../dist/app/relayd.js');
process.exit(await main(process.argv.slice(2)));
