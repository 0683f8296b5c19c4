/** Second factors: one of a login at a time, each step and each recovery code once. */
import { sql } from 'kysely'
import type { NewSecondFactor, SecondFactor, SecondFactors } from '../../../core/second-factors.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../../database/store-database.ts'
import { fromJson, jsonText, utc } from '../../rows/cells.ts'

/** Second factors over serve's store. */
export function secondFactors(db: StoreDatabase): SecondFactors {
  const q = queriesOf(db.dialect)
  return {
    secondFactor: (userName) => livingFactor(db, userName),
    secondFactorOwners: async () => {
      const owners = q.selectFrom('second_factors').select('user_id').where('removed_by', 'is', null)
      return new Set((await db.all(owners)).map((row) => row.user_id))
    },
    setSecondFactor: (factor) => db.transaction((runner) => setFactor(runner, factor)),
    takeStep: async (factorId, step) => {
      const newer = q
        .updateTable('second_factors')
        .set({ last_step: step })
        .where('factor_id', '=', factorId)
        .where('last_step', '<', step)
        .where('removed_by', 'is', null)
      return (await db.write(newer)).rows > 0
    },
    useRecoveryCode: async (factorId, codeDigest) => {
      const unused = q
        .updateTable('recovery_codes')
        .set({ is_used: 1 })
        .where('code_digest', '=', codeDigest)
        .where('factor_id', '=', factorId)
        .where('is_used', '=', 0)
      return (await db.write(unused)).rows > 0
    },
    replaceRecoveryCodes: (factor, digests) =>
      db.transaction(async (runner) => {
        const unused = q
          .updateTable('recovery_codes')
          .set({ is_used: 1 })
          .where('factor_id', '=', factor.factorId)
          .where('is_used', '=', 0)
        await runner.write(unused)
        await addCodes(runner, factor, digests)
      }),
    removeSecondFactor: async (userName, by) => {
      const living = q
        .updateTable('second_factors')
        .set({ removed_by: by })
        .where('user_id', '=', userName)
        .where('removed_by', 'is', null)
      return (await db.write(living)).rows > 0
    },
  }
}

async function livingFactor(db: StoreDatabase, userName: string): Promise<SecondFactor | null> {
  const row = await db.first(
    queriesOf(db.dialect)
      .selectFrom('second_factors as f')
      .select(['f.factor_id', 'f.user_id', 'f.sealed_secret', 'f.last_step', 'f.created_at'])
      .select(
        sql<number>`(SELECT COUNT(*) FROM recovery_codes r WHERE r.factor_id = f.factor_id AND r.is_used = 0)`.as(
          'codes_left',
        ),
      )
      .where('f.user_id', '=', userName)
      .where('f.removed_by', 'is', null),
  )
  if (row === null) return null
  return {
    factorId: row.factor_id,
    userName: row.user_id,
    sealedSecret: fromJson(row.sealed_secret),
    lastStep: Number(row.last_step),
    createdAt: utc(row.created_at),
    codesLeft: Number(row.codes_left),
  }
}

async function setFactor(runner: Runner, factor: NewSecondFactor): Promise<number> {
  const { userName, sealedSecret, lastStep } = factor
  const row = { user_id: userName, sealed_secret: jsonText(sealedSecret), last_step: lastStep }
  const { id } = await runner.write(queriesOf(runner.dialect).insertInto('second_factors').values(row))
  await addCodes(runner, { factorId: id, userName }, factor.recoveryDigests)
  return id
}

async function addCodes(
  runner: Runner,
  { factorId, userName }: Pick<SecondFactor, 'factorId' | 'userName'>,
  digests: readonly string[],
): Promise<void> {
  for (const code_digest of digests)
    await runner.write(
      queriesOf(runner.dialect)
        .insertInto('recovery_codes')
        .values({ code_digest, factor_id: factorId, user_id: userName }),
    )
}
