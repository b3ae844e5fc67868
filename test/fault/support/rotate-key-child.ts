/** Replaces the master key in a file, and is killed at a point of it: `<file> <write> before|after`. */
import { writeDurably } from '../../../src/platform/durable-file.ts';
import { rotateMasterKey } from '../../../src/platform/master-key.ts';
import { systemRandom } from '../../../src/platform/random.ts';

const [file = '', write = '', point = ''] = process.argv.slice(2);
let writes = 0;
rotateMasterKey(file, systemRandom, (name, text) => {
  writes++;
  const isHere = writes === Number(write);
  if (isHere && point === 'before') process.kill(process.pid, 'SIGKILL');
  writeDurably(name, text, systemRandom);
  if (isHere && point === 'after') process.kill(process.pid, 'SIGKILL');
});
