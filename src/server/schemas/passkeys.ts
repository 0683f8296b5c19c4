/** Passkeys: what a browser is asked, what it answers, and what is told of those that are registered. */
import { z } from 'zod'
import { PASSKEY_ALGORITHMS, PASSKEYS_MOST } from '../../core/passkeys.ts'
import { id, list, time } from './parts.ts'
import { code, password } from './people.ts'

const bytes = (most: number) => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{1,${most}}$`))
/** A credential id is 1,023 bytes at most. */
const credentialId = bytes(1_364).meta({ description: 'As the authenticator chose it, base64url.' })
const clientData = bytes(6_000).meta({ description: 'The bytes of clientDataJSON, base64url.' })
const authenticatorData = bytes(12_000).meta({ description: 'Base64url.' })

/** The answer under a passkey that is registered. */
export const passkeyAnswer = z
  .strictObject({
    credentialId,
    clientData,
    authenticatorData,
    signature: bytes(1_000).meta({ description: 'Base64url.' }),
    userHandle: bytes(100).nullable().meta({ description: 'What the authenticator keeps with it.' }),
  })
  .meta({ id: 'PasskeyAnswer', description: 'What a browser answers under a passkey (Web Authentication).' })

/** A proof as at sign-in: the password, or a passkey. */
const freshProof = {
  password: password.optional(),
  code: code.optional().meta({ description: 'Where a second factor is set.' }),
  passkey: passkeyAnswer.optional().meta({ description: 'In place of both.' }),
}
/** The same, one or the other, with what else a request holds. */
export const freshProofWith = <Shape extends z.ZodRawShape>(others: Shape) =>
  z
    .strictObject({ ...others, ...freshProof })
    .refine(
      (given) =>
        ('password' in given && given.password !== undefined) ||
        ('passkey' in given && given.passkey !== undefined),
      { error: 'a password or a passkey' },
    )
/** A proof alone. */
export const freshProofSchema = freshProofWith({})

/** What a browser is to sign. */
export const challengeSchema = z
  .object({
    challenge: z
      .string()
      .meta({ description: 'Base64url; answered once, within a minute, by this browser.' }),
    rpId: z.string(),
    allowed: list(z.string()).meta({
      description: 'Ids of the passkeys that may answer; empty: any that the browser has.',
    }),
  })
  .meta({ id: 'PasskeyChallenge', description: 'What is asked of a browser.' })

/** What a new passkey is made for. */
export const newChallengeSchema = z
  .object({
    challenge: z.string(),
    rpId: z.string(),
    userHandle: z.string().meta({ description: 'What the authenticator is to keep, base64url.' }),
    userName: z.string(),
    displayName: z.string(),
    algorithms: list(z.int()).meta({ description: 'COSE numbers, the best first.' }),
    excluded: list(z.string()).meta({ description: 'Ids of passkeys that are registered already.' }),
  })
  .meta({ id: 'NewPasskeyChallenge', description: 'What a browser makes a passkey from.' })

/** The name a person gives a passkey. */
export const passkeyName = z.string().trim().min(1).max(100)

/** Another name for one, with a proof: names are what its owner tells by which one to remove. */
export const renamedPasskeySchema = freshProofWith({ passkeyName })

/** A passkey that was made. */
export const madePasskeySchema = z.strictObject({
  passkeyName,
  credentialId,
  clientData,
  authenticatorData,
  publicKey: bytes(1_000).meta({ description: 'SubjectPublicKeyInfo, base64url; the browser gives it so.' }),
})

/** A passkey that counts. */
export const passkeySchema = z
  .object({
    passkeyId: id,
    passkeyName: z.string(),
    algorithm: z.enum(PASSKEY_ALGORITHMS),
    isSyncable: z.boolean().meta({ description: 'Its owner may have it on several devices.' }),
    createdAt: time,
    lastUsedAt: time.nullable(),
    refusals: z.int().meta({ description: 'Answers under it that were not taken.' }),
  })
  .meta({ id: 'Passkey', description: 'A passkey of a person.' })

/** Those of a person, and where they can be used. */
export const passkeysSchema = z
  .object({
    origin: z
      .string()
      .nullable()
      .meta({ description: 'The address at which passkeys of this server can be used; null: nowhere.' }),
    items: list(passkeySchema).meta({ description: `${PASSKEYS_MOST} at most.` }),
  })
  .meta({ id: 'Passkeys', description: 'Passkeys of a person.' })
