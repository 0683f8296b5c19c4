/** What the options of `scan` stand for: rules, baselines, severities, and the files they name. */
import { readFileSync, writeFileSync } from 'node:fs'
import {
  type Baseline,
  CODE_RULES,
  type CodeRule,
  codeRuleNamed,
  type FindingSeverity,
  parseBaseline,
  SEVERITIES,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { fileProblem } from '../context.ts'

/** The rules of these names; all where none is given. @throws DbmedicError DBM_USAGE */
export function rulesOf(names: readonly string[] | undefined): readonly CodeRule[] {
  if (names === undefined) return CODE_RULES
  return names
    .flatMap((name) => name.split(','))
    .map((name) => {
      const rule = codeRuleNamed(name)
      if (rule !== undefined) return rule
      throw new DbmedicError('DBM_USAGE', {
        problem: `there is no rule “${name}”`,
        hint: `One of: ${CODE_RULES.map((each) => each.id).join(', ')}`,
      })
    })
}

/** The text of a file somebody named. @throws DbmedicError DBM_USAGE */
export function readableFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw fileProblem(file, error)
  }
}

/** The baseline in a file. @throws DbmedicError DBM_USAGE */
export function baselineOf(file: string): Baseline {
  const baseline = parseBaseline(readableFile(file))
  if (baseline !== null) return baseline
  throw new DbmedicError('DBM_USAGE', {
    problem: `${file} is no baseline of this program`,
    hint: `Write one with: dbmedic scan --write-baseline ${file}`,
  })
}

/** Writes a value as JSON into a file. @throws DbmedicError DBM_USAGE */
export function writeJson(file: string, value: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
  } catch (error) {
    throw fileProblem(file, error)
  }
}

/** Whether a finding is worse than what is let pass: `none` allows nothing, `critical` everything. */
export const isWorse = (severity: FindingSeverity, most: FindingSeverity | 'none'): boolean =>
  most === 'none' || SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(most)
