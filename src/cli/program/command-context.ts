/**
 * The context of a running command: terminal, global options, and the store, which is opened at first use and
 * closed when the command ends.
 */
import type { Config } from '../../config/config.ts';
import { nearestName } from '../../config/nearest-name.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { visible, visibleJson } from '../../platform/visible-text.ts';
import type { BounceRules } from '../../policy/bounce-rules.ts';
import type { Account } from '../../store/directory-records.ts';
import { DEFAULT_ACCOUNT } from '../../admin/domain-meant.ts';
import type { TemplateEngine } from '../../template/template-engine.ts';
import { CliFailure, notFound, usage } from './cli-failure.ts';
import type { CliIo } from './cli-io.ts';
import type { ExitCode } from './cli-failure.ts';
import { createPaint } from '../output/paint.ts';
import type { Paint } from '../output/paint.ts';
import { addressHashesOf, hashedSuppressions, type AddressHashes } from '../../store/hashed-addresses.ts';
import type { StoreReader } from '../../store/open-store.ts';
import type { CliServices, StoreWriter } from './services.ts';

/** Given with any command, before or after it. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly config: string | undefined;
  /** `undefined`: not given. */
  readonly account: string | undefined;
  /** Do not ask. */
  readonly yes: boolean;
}

export class CommandContext implements AsyncDisposable {
  readonly io: CliIo;
  readonly services: CliServices;
  readonly global: GlobalOptions;
  readonly paint: Paint;
  /** Of a command that has said on standard output what is wrong. Failures are thrown. */
  exitCode: ExitCode = 0;
  #loaded: LoadedConfig | undefined;
  #bounceRules: BounceRules | undefined;
  #reader: StoreReader | undefined;
  #writer: StoreWriter | undefined;
  #templateEngine: TemplateEngine | undefined;
  #addressHashes: AddressHashes | undefined;

  constructor(io: CliIo, services: CliServices, global: GlobalOptions) {
    this.io = io;
    this.services = services;
    this.global = global;
    this.paint = createPaint(io);
  }

  get nowMs(): number {
    return this.services.clock.now();
  }

  /** Throws ConfigError. */
  get loaded(): LoadedConfig {
    this.#loaded ??= this.services.loadConfig(this.global.config);
    return this.#loaded;
  }

  get config(): Config {
    return this.loaded.config;
  }

  /** With the operator's own. Throws ConfigError. */
  get bounceRules(): BounceRules {
    return (this.#bounceRules ??= this.services.loadBounceRules(this.config));
  }

  /** Fails when there is no store yet: reading one into being would hide a wrong `data_dir`. */
  get reader(): StoreReader {
    if (this.#reader === undefined) {
      if (!this.services.storeExists(this.config)) {
        throw new CliFailure('no-store', `there is no store in ${this.config.dataDir} yet`, {
          hint: 'start relayd there once, or name its configuration: relayctl --config FILE ...',
        });
      }
      const reader = this.services.openReader(this.config);
      this.#reader = { ...reader, ...hashedSuppressions(reader, (address) => this.addressHashes(address)) };
    }
    return this.#reader;
  }

  /** Makes the store when there is none, and says where. */
  async writer(): Promise<StoreWriter> {
    if (this.#writer === undefined) {
      const isNew = !this.services.storeExists(this.config);
      this.#writer = await this.services.openWriter(this.config);
      if (isNew) this.note(`made a new store in ${this.config.dataDir}`);
    }
    return this.#writer;
  }

  /** What may stand for an address once it is erased. */
  async addressHashes(address: string): Promise<readonly string[]> {
    this.#addressHashes ??= addressHashesOf(await this.services.openSecretBox(this.config));
    return this.#addressHashes(address);
  }

  async templateEngine(): Promise<TemplateEngine> {
    return (this.#templateEngine ??= await this.services.openTemplateEngine());
  }

  /** The account that a command works in: `--account`, else `default`. Fails with `not-found`. */
  async account(): Promise<Account> {
    const name = this.global.account ?? DEFAULT_ACCOUNT;
    const account = await this.reader.accountByName(name);
    if (account === undefined) throw await this.noAccount(name);
    return account;
  }

  /** With the name that was probably meant. */
  async noAccount(name: string): Promise<CliFailure> {
    const meant = nearestName(
      name,
      (await this.reader.listAccounts()).map((account) => account.name),
    );
    const hint = meant === undefined ? '' : `did you mean ${visible(meant)}?\n`;
    return notFound(`there is no account ${name}`, `${hint}see them: relayctl account list`);
  }

  /** Whether a list has to say which account a line belongs to. */
  async listsManyAccounts(): Promise<boolean> {
    return this.global.account === undefined && (await this.reader.listAccounts()).length > 1;
  }

  /** The account that was named, for commands that look at all of them otherwise. */
  async namedAccount(): Promise<Account | undefined> {
    return this.global.account === undefined ? undefined : await this.account();
  }

  /** The accounts that a list goes over: the named one, else all. */
  async accounts(): Promise<readonly Account[]> {
    const named = await this.namedAccount();
    return named === undefined ? await this.reader.listAccounts() : [named];
  }

  /** One JSON document, indented for a person who looks at it. */
  printJson(document: object): void {
    this.io.out(visibleJson(document, this.io.outIsTerminal ? 2 : undefined) + '\n');
  }

  /** One object of a list, on one line. Resolves when the reader is ready for the next. */
  async printJsonLine(object: object): Promise<void> {
    this.io.out(visibleJson(object) + '\n');
    await this.io.drained();
  }

  /** Text on standard output. */
  print(text: string): void {
    this.io.out(text.endsWith('\n') ? text : text + '\n');
  }

  /** Text that is wanted for itself, as it is, unless a terminal would obey what is in it. */
  printDocument(text: string): void {
    if (this.io.outIsTerminal) this.print(text.replaceAll('\r\n', '\n'));
    else this.io.out(Buffer.from(text.endsWith('\n') ? text : `${text}\n`));
  }

  /** A remark that is not the answer: on standard error, so that it never mixes with what is read by programs. */
  note(text: string): void {
    if (!this.global.json) this.io.err(`${text}\n`);
  }

  /** A danger, on standard error in any case. */
  warn(text: string): void {
    this.io.err(`warning: ${text}\n`);
  }

  /** Asks unless `--yes`; with nobody to ask, says what to type. `question` without its question mark. */
  async confirm(question: string): Promise<void> {
    if (this.global.yes) return;
    if (!this.io.inIsTerminal || this.global.json)
      throw usage(`${question}? There is nobody to ask`, 'add --yes to do it without a question');
    const answer = await this.io.ask(`${question}? [y/N] `);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new CliFailure('declined', 'nothing was changed');
  }

  /** Like {@link confirm}, for what cannot be undone: the answer is the name of what goes. */
  async confirmByName(question: string, name: string): Promise<void> {
    if (this.global.yes) return;
    if (!this.io.inIsTerminal || this.global.json)
      throw usage(`${question}? There is nobody to ask`, 'add --yes to do it without a question');
    const answer = await this.io.ask(`${question}? Type ${visible(name)} to confirm: `);
    if (answer.trim() !== name) throw new CliFailure('declined', 'nothing was changed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#templateEngine?.stop();
    await this.#reader?.close();
    await this.#writer?.close();
  }
}
