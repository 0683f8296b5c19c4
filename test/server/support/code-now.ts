/** What an authenticator app would show, worked out here and not by the code under test. */
import { createHmac } from 'node:crypto'

/** The code of a secret now (RFC 6238); `drift` steps later where one was taken already. */
export function codeNow(secret: string, drift = 0): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + drift))
  const mac = createHmac('sha1', key).update(moving).digest()
  const at = (mac[19] ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}
