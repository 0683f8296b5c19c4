/**
 * A server whose clock is off, without touching the machine's: what a client asks of the time is rewritten on its
 * way (text and prepared statements, `page_protocol_command_phase` of MySQL's internals manual); all else is real.
 */
import type { Rewrite } from './forwarder.ts'

const COM_QUERY = 0x03
const COM_STMT_PREPARE = 0x16
/** Whole packets hold less than this, bytes; a longer one would be continued in the next. */
const PACKET_MAX = 0xffffff

/** Rewrites of one connection after another, for `openForwarder`: its server's clock is off by this much. */
export function shiftedClock(seconds: number): () => Rewrite {
  return () => {
    let waiting = Buffer.alloc(0)
    return (chunk) => {
      waiting = Buffer.concat([waiting, chunk])
      const out: Buffer[] = []
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUIntLE(0, 3)) {
        const length = waiting.readUIntLE(0, 3)
        out.push(shifted(waiting.subarray(0, 4 + length), seconds))
        waiting = waiting.subarray(4 + length)
      }
      return Buffer.concat(out)
    }
  }
}

function shifted(packet: Buffer, seconds: number): Buffer {
  const command = packet[4]
  // Number 0 begins a command; the login before it is number 1 and up.
  if (packet[3] !== 0 || (command !== COM_QUERY && command !== COM_STMT_PREPARE)) return packet
  const text = packet.subarray(5).toString('utf8')
  const changed = text
    .replaceAll('UNIX_TIMESTAMP()', `(UNIX_TIMESTAMP() + ${seconds})`)
    .replace(/\b(UTC_TIMESTAMP|NOW)\((\d?)\)/g, `($1($2) + INTERVAL ${seconds} SECOND)`)
  const body = Buffer.from(changed, 'utf8')
  if (body.length + 1 >= PACKET_MAX) return packet
  const head = Buffer.alloc(5)
  head.writeUIntLE(body.length + 1, 0, 3)
  head[4] = command
  return Buffer.concat([head, body])
}
