/**
 * Literals in code that look like credentials. What is approved is kept for good (plan, audit), so a diff that would
 * show one is not made. It goes by names and by shapes that issuers document; a secret without either is not noticed.
 */

/** A name that says so, then a literal of six characters or more without blanks or an interpolation. */
const NAMED =
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?)\w{0,40}["'`]?\s{0,9}[:=]\s{0,9}["'`](?!\$\{|:|\?)[^\s"'`$]{6,}["'`]/i
/** A password in an address: `mysql://user:password@host`. */
const IN_ADDRESS = /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:@/"'`]{1,200}:[^\s@/"'`$]{1,200}@/i
/** Forms of AWS, GitHub, Slack, Stripe, Google, a JSON web token (RFC 7519) and a private key (RFC 7468). */
const SHAPES =
  /\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22}|\bxox[abeoprs]-[\w-]{10}|\b[rs]k_live_\w{16}|\bAIza[\w-]{35}|\beyJ[\w-]{8,2000}\.eyJ[\w-]{8}|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/

/** Whether a line of code looks as if it held a credential. */
export const looksLikeCredential = (line: string): boolean =>
  [NAMED, IN_ADDRESS, SHAPES].some((pattern) => pattern.test(line))
