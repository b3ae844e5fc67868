/** A configuration as TOML: values on top, then `[tables]`, then `[[lists of tables]]`; a table within a table stands inline. */

export type TomlValue = string | number | boolean | readonly string[];
export type TomlTable = Readonly<Record<string, TomlValue | Readonly<Record<string, TomlValue>>>>;
export type TomlTables = Readonly<Record<string, TomlValue | TomlTable | readonly TomlTable[]>>;

export function isTable(value: TomlTables[string] | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value);
}

export function toToml(tables: TomlTables): string {
  const top: string[] = [];
  const sections: string[] = [];
  const lists: string[] = [];
  for (const [name, value] of Object.entries(tables)) {
    if (isTable(value)) sections.push(`\n[${name}]\n${lines(value)}`);
    else if (isTableList(value)) lists.push(...value.map((row) => `\n[[${name}]]\n${lines(row)}`));
    else top.push(`${name} = ${JSON.stringify(value)}\n`);
  }
  return [...top, ...sections, ...lists].join('');
}

function lines(table: TomlTable): string {
  return Object.entries(table)
    .map(([key, value]) => `${key} = ${inline(value)}\n`)
    .join('');
}

/** JSON's strings, numbers, booleans and lists are TOML's too. */
function inline(value: TomlTable[string]): string {
  if (!isTable(value)) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${key} = ${inline(one)}`);
  return `{ ${pairs.join(', ')} }`;
}

function isTableList(value: TomlTables[string]): value is readonly TomlTable[] {
  return Array.isArray(value) && value.length > 0 && typeof value[0] === 'object';
}
