/** What is said of the content of messages, and of what drafts of templates look like, in German. */
import type { Text } from './en.ts';

export const deContent: Text['content'] = {
  tab: 'Inhalt',
  hint: 'Das Öffnen steht im Audit-Log. Nichts darin wird ausgeführt, und von anderen Servern wird nichts geladen.',
  views: { html: 'HTML', text: 'Text', fields: 'Kopfzeilen', attachments: 'Anhänge', source: 'Quelltext' },
  open: 'Inhalt zeigen',
  openHint: 'Jedes Öffnen des Inhalts einer Nachricht steht mit Namen im Audit-Log.',
  noHtml: 'Diese Nachricht hat kein HTML.',
  noText: 'Diese Nachricht hat keinen Textteil.',
  noAttachments: 'Diese Nachricht hat keine Anhänge.',
  unreadable: (why) =>
    `Es gibt keine Vorschau: ${why}. Der Quelltext kann angesehen und heruntergeladen werden.`,
  cut: 'Es gibt mehr, als hier gezeigt wird. Der Quelltext hat alles.',
  imagesLeftOut: (count) =>
    count === 1
      ? 'Ein Bild wird nicht gezeigt: Bilder anderer Server werden nicht geladen.'
      : `${count} Bilder werden nicht gezeigt: Bilder anderer Server werden nicht geladen.`,
  links: (count) => `Links darin (${count})`,
  linksHint: 'Links in der Vorschau führen nirgendwohin. Hierhin würden sie führen:',
  noWords: 'ohne Worte',
  widths: 'Breite der Vorschau',
  width: { narrow: '360 px', middle: '600 px', full: 'Volle Breite' },
  frame: 'Vorschau des HTML',
  name: 'Name',
  value: 'Wert',
  type: 'Typ',
  size: 'Größe',
  unnamed: 'ohne Namen',
  inline: 'im HTML',
  download: 'Herunterladen',
  downloadOf: (name) => `${name} herunterladen`,
  downloadSource: 'Quelltext herunterladen (.eml)',
  importFile: 'Importieren…',
  exportFile: 'Exportieren…',
  importTitle: 'Sperreinträge importieren',
  importHint:
    'Eine Datei mit CSV, JSON-Zeilen oder bloßen Adressen, oder der Export eines anderen Anbieters; bis 10 MB. Größere: relayctl suppression import.',
  exportTitle: 'Sperreinträge exportieren',
  exportHint: 'Alle gültigen Sperreinträge dieses Kontos, in der gewählten Form.',
  file: 'Datei',
  noFile: 'Eine Datei wählen.',
  format: 'Form',
  formats: {
    detected: 'CSV, JSON oder Liste',
    csv: 'CSV',
    ses: 'Amazon SES',
    sendgrid: 'SendGrid',
    postmark: 'Postmark',
    mailgun: 'Mailgun',
  },
  look: 'Datei prüfen',
  write: (count) => `${count} importieren`,
  found: (added, known, expired, wrong) =>
    `Neu: ${added}. Schon da: ${known}. Abgelaufen: ${expired}. Falsche Zeilen: ${wrong}.`,
  imported: (count) => `Importiert: ${count}.`,
  lineOf: (line) => `Zeile ${line}`,
  wrongLines: 'Falsche Zeilen, die ausgelassen werden',
  sourceCut: (shown) => `Die ersten ${shown}:`,
};
