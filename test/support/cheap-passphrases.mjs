/**
 * Loaded into every process of a test run: a key is sealed under its passphrase at a cost of a thousandth of the real
 * one, which is 0.3 s of a processor and 128 MiB each time, on purpose. The same passphrase still opens it and no other
 * does. The tests of src/access, where the cost is decided, pay it.
 */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** What src/access/keyring.ts asks for, and what it gets here. */
const COST = 2 ** 17
const CHEAP = 2 ** 7

if (!/[\\/]src[\\/]access[\\/]/.test(process.argv[1] ?? '')) {
  const { scrypt, scryptSync } = crypto
  const cheap = (options) => (options?.N === COST ? { ...options, N: CHEAP } : options)
  crypto.scrypt = (secret, salt, length, ...rest) =>
    rest.length === 1
      ? scrypt(secret, salt, length, rest[0])
      : scrypt(secret, salt, length, cheap(rest[0]), rest[1])
  crypto.scryptSync = (secret, salt, length, options) => scryptSync(secret, salt, length, cheap(options))
  syncBuiltinESMExports()
}
