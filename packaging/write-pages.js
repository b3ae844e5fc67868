// The last step of the build: manual pages and shell completion, made from what the programs themselves are made from, into
// dist/man, as man(1) finds them (`man -M dist/man relayctl`), and dist/completion.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { programVersion } from '../dist/app/version.js';
import { commandPages } from '../dist/cli/manual/command-pages.js';
import { configPage } from '../dist/cli/manual/config-page.js';
import { COMMANDS } from '../dist/cli/program/command-list.js';
import { bashCompletion, fishCompletion, zshCompletion } from '../dist/cli/program/completion-script.js';

const root = path.resolve(import.meta.dirname, '..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');

function write(folder, files) {
  const target = path.join(root, 'dist', folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const [name, text] of files) {
    const file = path.join(target, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

const version = programVersion();
write('man', [
  ...commandPages(version).map(({ file, roff }) => [`man1/${file}`, roff]),
  ['man5/relay.toml.5', configPage(read('config/relay.toml'), version).roff],
  ['man8/relayd.8', read('packaging/man/relayd.8').replace('@VERSION@', version)],
]);
write('completion', [
  ['relayctl.bash', bashCompletion(COMMANDS)],
  ['relayctl.zsh', zshCompletion(COMMANDS)],
  ['relayctl.fish', fishCompletion(COMMANDS)],
]);
