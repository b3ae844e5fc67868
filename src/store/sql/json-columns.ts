/** Tags and metadata of messages in their columns: JSON that is read and written whole. */

const NO_TAGS: readonly string[] = [];
const NO_METADATA: Readonly<Record<string, string>> = {};

/** Tags are a JSON array, or NULL for none. */
export function tagsOf(column: string | null): readonly string[] {
  return column === null ? NO_TAGS : (JSON.parse(column) as string[]);
}

export function tagsColumn(tags: readonly string[]): string | null {
  return tags.length === 0 ? null : JSON.stringify(tags);
}

/** Metadata is a JSON object, or NULL for none. */
export function metadataOf(column: string | null): Readonly<Record<string, string>> {
  return column === null ? NO_METADATA : (JSON.parse(column) as Record<string, string>);
}

export function metadataColumn(metadata: Readonly<Record<string, string>>): string | null {
  for (const _ in metadata) return JSON.stringify(metadata);
  return null;
}
