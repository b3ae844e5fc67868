/** What recipients read, in one place to be translated. Addresses are never shown: a link may have been passed on. */
export const TEXTS = {
  language: 'en',
  unsubscribe: 'Unsubscribe',
  resubscribe: 'Subscribe again',
  undo: 'Undo',

  offerTitle: 'Unsubscribe?',
  offer: (stream: string, from: string | undefined) =>
    `Stop all messages of the list “${stream}”${from === undefined ? '' : ` from ${from}`} to your address.`,
  doneTitle: 'You are unsubscribed',
  done: (stream: string) => `No more messages of the list “${stream}” will be sent to your address.`,
  doneNote: 'Messages that are on their way already may still arrive.',
  mistake: 'Was it a mistake?',
  tooLate: 'It is too long ago to take it back here. Ask the sender if you want these messages again.',
  blocked: (stream: string) => `No messages of the list “${stream}” are sent to your address.`,

  resubscribedTitle: 'You are subscribed',
  resubscribed: (stream: string) => `Messages of the list “${stream}” will be sent to your address again.`,
  undoTitle: 'Subscribe again?',
  undoOffer: (stream: string) => `Take it back: get messages of the list “${stream}” again.`,
  nothingToUndo: 'There is nothing to take back',
  nothingToUndoText: 'This link has not unsubscribed you, or it is too long ago.',

  othersTitle: 'Other lists of this sender',
  subscribed: 'subscribed',
  unsubscribed: 'not subscribed',

  goneTitle: 'Nothing is sent any more',
  gone: 'The sender of this message does not exist any more, so there is nothing to unsubscribe from.',
  unknownTitle: 'This link does not work',
  unknown:
    'It is not complete, or was changed on its way. Use the button of your mail program, or copy the whole link from the message.',
  badFormTitle: 'Nothing was changed',
  badForm: 'The request does not say what to do. Open the link in a browser and use the button there.',
  tooOftenTitle: 'Too many requests',
  tooOften: 'Please try again in a minute.',
  failedTitle: 'Not now',
  failed: 'It could not be saved. Nothing was changed; please try again in a few minutes.',
  methodTitle: 'Not possible',
  method: 'This address takes other requests.',
} as const;
