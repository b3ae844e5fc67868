/** Does `work`; where the server first wants to see again who it is, that is asked, and the work done then. */
export type Guard = (work: () => Promise<void>) => void;
