/** What the page of the settings in force says, in English. */
export const enSettings = {
  hint: 'Every key of the configuration with the value that relayd goes by now. Secrets are not shown. What was changed in the file and not read since (relayctl reload) is not seen here.',
  file: (name: string) => `File: ${name}`,
  noFile: 'No file was read: defaults and the environment count.',
  search: 'Search',
  searchHint: 'Key, value or place',
  changedOnly: 'Only what was set',
  none: 'No key matches',
  count: (count: string) => `Keys: ${count}`,
  from: 'From',
  isDefault: 'default',
  accepts: 'Takes',
  restart: 'Needs a restart',
  waiting: (value: string) => `After a restart: ${value}`,
  noEffect: 'Has no effect',
};
