/** Who changes things when nobody asked for it, as the audit log names it. */
export const RELAYD = 'relayd';
