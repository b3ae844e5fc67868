/** What a migration is: numbered SQL that runs once, in one transaction with the change of the schema's version. */

export interface Migration {
  /** 1, 2, 3 ... without gaps. */
  readonly version: number;
  readonly name: string;
  /** True: a program that does not know it must not open the database afterwards. */
  readonly breaking: boolean;
  readonly up: string;
}
