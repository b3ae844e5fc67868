/** What the page of the settings in force says, in German. */
import type { Text } from './en.ts';

export const deSettings: Text['settings'] = {
  hint: 'Jeder Schlüssel der Konfiguration mit dem Wert, nach dem relayd sich jetzt richtet. Geheimnisse werden nicht gezeigt. Was in der Datei geändert und noch nicht gelesen wurde (relayctl reload), steht nicht hier.',
  file: (name) => `Datei: ${name}`,
  noFile: 'Keine Datei gelesen: Es gelten Vorgaben und Umgebung.',
  search: 'Suche',
  searchHint: 'Schlüssel, Wert oder Ort',
  changedOnly: 'Nur was gesetzt ist',
  none: 'Kein Schlüssel passt',
  count: (count) => `Schlüssel: ${count}`,
  from: 'Aus',
  isDefault: 'Vorgabe',
  accepts: 'Nimmt',
  restart: 'Braucht einen Neustart',
  waiting: (value) => `Nach einem Neustart: ${value}`,
  noEffect: 'Ohne Wirkung',
};
