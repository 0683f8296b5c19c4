/**
 * One-time codes of an authenticator app: HOTP (RFC 4226) over the time (RFC 6238). Six digits, SHA-1 and steps of 30 s,
 * because that is what every app takes. Who keeps the secret and which step was taken last is the caller's.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Length of a step, ms (RFC 6238, 5.2 recommends 30 s). */
const STEP_MS = 30_000
/** Steps before and after the present one whose code is taken: clocks differ, people type (RFC 6238, 5.2 and 6). */
const DRIFT_STEPS = 1
/** RFC 4226, 4, R6 recommends 160 bits, the length of SHA-1. */
const SECRET_BYTES = 20
const DIGITS = 6
/** RFC 4648, 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Another form of code than ours; for the test vectors of the standards. */
export interface CodeForm {
  readonly digits: number
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
}

/** A new secret, 20 random bytes. */
export const newCodeSecret = (): Buffer => randomBytes(SECRET_BYTES)

/** The code of a counter (RFC 4226, 5.3), with leading zeros. */
export function codeOf(
  secret: Buffer,
  counter: number,
  { digits, algorithm }: CodeForm = { digits: DIGITS, algorithm: 'sha1' },
): string {
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac(algorithm, secret).update(moving).digest()
  const offset = (mac.at(-1) ?? 0) & 0x0f
  const truncated = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(truncated % 10 ** digits).padStart(digits, '0')
}

/** The step a moment is in: whole steps since 1970. */
export const stepAt = (ms: number): number => Math.floor(ms / STEP_MS)

/**
 * The step whose code this is, of those taken now and after `lastStep`; null: it is none. A code is compared with every
 * one of them, so that the time says nothing.
 */
export function stepOfCode(
  secret: Buffer,
  code: string,
  at: { readonly nowMs: number; readonly lastStep: number },
): number | null {
  const now = stepAt(at.nowMs)
  const given = Buffer.from(code.padEnd(DIGITS).slice(0, DIGITS), 'latin1')
  let found: number | null = null
  for (let step = Math.max(0, now - DRIFT_STEPS); step <= now + DRIFT_STEPS; step += 1) {
    const same = timingSafeEqual(Buffer.from(codeOf(secret, step), 'latin1'), given)
    if (same && code.length === DIGITS && step > at.lastStep) found ??= step
  }
  return found
}

/** The address an authenticator app reads from a picture (Google Authenticator's key URI format). */
export function codeAddress(secret: Buffer, userName: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(userName)}`
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1000}`
}

/** Bytes as people type them (RFC 4648, 6), without padding. */
export function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(held >>> bits) & 31]
      held &= (1 << bits) - 1
    }
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31]
}

/** A recovery code is 120 random bits: from 112 on a plain digest of it may be kept (OWASP ASVS 5.0, 6.5.2). */
const RECOVERY_BYTES = 15

/** A new recovery code: `ABCD-EFGH-IJKL-MNOP-QRST-UVWX`. */
export const newRecoveryCode = (): string =>
  (base32(randomBytes(RECOVERY_BYTES)).match(/.{4}/g) ?? []).join('-')

/**
 * A recovery code as it is compared, whatever was typed between its groups; null: it cannot be one. Those of four groups
 * were made before codes had six.
 */
export function plainRecoveryCode(typed: string): string | null {
  const plain = typed.replace(/[\s-]/g, '').toUpperCase()
  return /^([A-Z2-7]{16}|[A-Z2-7]{24})$/.test(plain) ? plain : null
}
