/** Signing in: what goes in and what comes out. No secret comes out twice. */
import { z } from 'zod'
import { MEMBER_ROLES } from '../../core/member-roles.ts'
import { RIGHTS } from '../rights.ts'
import { digest, id, json, list, time } from './parts.ts'

/** A name of a login. */
export const userName = z
  .string()
  .regex(/^[A-Za-z0-9._@+-]{3,100}$/)
  .meta({ description: '3 to 100 letters, digits and . _ @ + -' })
/** A password as typed; at most what is hashed without a way to make the server work long. */
export const password = z.string().min(1).max(500)
/** A code of an authenticator app, or a recovery code, as typed. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 -]{4,30}$/)
  .meta({ description: 'Six digits of the authenticator app, or a recovery code.' })
/** A name for people. */
export const displayName = z.string().trim().min(1).max(200)
/** The name of a public key. */
export const keyId = digest.regex(/^[0-9a-f]{64}$/)
/** A one-time secret out of a link. */
export const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** Who is signed in. */
export const sessionSchema = z
  .object({
    userName: z.string(),
    displayName: z.string(),
    keyId: digest.nullable(),
    roles: list(z.object({ workspaceId: id, role: z.enum(MEMBER_ROLES), rights: list(z.enum(RIGHTS)) })),
    csrfToken: z.string().nullable().meta({
      description:
        'Goes into the header x-csrf-token of every request that changes something; null: a token.',
    }),
    expiresAt: time,
    idleMinutes: z.int(),
    mustSetUp: z.boolean().meta({
      description: 'A second factor or a passkey is to be set up before anything else is answered.',
    }),
  })
  .meta({ id: 'Session', description: 'Who is signed in, and as what.' })

/** One of a person's signed-in browsers. */
export const sessionRowSchema = z
  .object({
    sessionDigest: digest,
    address: z.string(),
    userAgent: z.string(),
    createdAt: time,
    lastSeenAt: time,
    expiresAt: time,
    current: z.boolean(),
  })
  .meta({ id: 'SessionRow', description: 'A signed-in browser.' })

/** A second factor. */
export const secondFactorSchema = z
  .object({ set: z.boolean(), createdAt: time.nullable(), codesLeft: z.int() })
  .meta({ id: 'SecondFactor', description: 'Whether a code is asked for at sign-in.' })
/** A second factor that is not confirmed. */
export const draftFactorSchema = z
  .object({
    secret: z.string().meta({ description: 'For typing into the app, base32.' }),
    address: z.string().meta({ description: 'otpauth:// address, for a picture the app reads.' }),
    sealed: json.meta({ description: 'Comes back with the first code.' }),
  })
  .meta({ id: 'SecondFactorDraft', description: 'A secret that counts once a code of it was confirmed.' })
/** Recovery codes. */
export const recoveryCodesSchema = z
  .object({ recoveryCodes: list(z.string()) })
  .meta({ id: 'RecoveryCodes', description: 'Each stands for the second factor once; shown this once.' })

/** A login in the list of people. */
export const personSchema = z
  .object({
    userName: z.string(),
    personId: id,
    displayName: z.string(),
    active: z.boolean(),
    mayApprove: z.boolean(),
    mayAdminister: z.boolean(),
    keyId: digest.nullable(),
    roles: list(z.enum(MEMBER_ROLES)).meta({ description: 'In the workspace that was asked about.' }),
    hasSecondFactor: z.boolean().nullable().meta({ description: 'Null: told in the first workspace only.' }),
    erasedAt: time.nullable().meta({ description: 'Null: not erased.' }),
    passkeys: z
      .int()
      .nullable()
      .meta({ description: 'How many the login has; null: told in the first workspace only.' }),
  })
  .meta({ id: 'Person', description: 'A login and what it may.' })

const bytes = (length: number) => z.base64().refine((text) => Buffer.from(text, 'base64').length === length)

/** An Ed25519 signature, base64. */
export const ed25519 = bytes(64)

/** A key file of the keyring, sealed in the browser under a passphrase that is never sent. */
export const sealedKeySchema = z
  .strictObject({
    schema: z.literal('dbmedic/keyring/1'),
    user: userName,
    keyId,
    publicKey: bytes(32),
    kdf: z.strictObject({
      name: z.literal('scrypt'),
      N: z.literal(131_072),
      r: z.literal(8),
      p: z.literal(1),
    }),
    salt: bytes(16),
    nonce: bytes(12),
    sealed: bytes(48),
  })
  .meta({
    id: 'SealedKey',
    description: 'A signing key, sealed (AES-256-GCM under scrypt) where it was made.',
  })

/** First set-up. */
export const setUpSchema = z.strictObject({
  secret,
  userName,
  displayName,
  password,
  login: z
    .strictObject({
      sealedKey: sealedKeySchema,
      signature: ed25519.meta({ description: 'Ed25519 over the text of /api/setup/registration, base64.' }),
    })
    .nullable()
    .meta({ description: 'What was made in the browser; null: the login exists and has a key.' }),
})
