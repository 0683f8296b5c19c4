/** Findings as SARIF 2.1.0 (OASIS standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code hosts read it. */
import { createHash } from 'node:crypto'
import type { CodeRule, FindingSeverity } from '../rules/index.ts'
import type { CodeFinding } from './apply-rules.ts'

const LEVEL: Readonly<Record<FindingSeverity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
}

/** GitHub's scale from 0.1 to 10 for rules that concern security. */
const SECURITY: Readonly<Record<FindingSeverity, string>> = {
  critical: '9.0',
  high: '7.0',
  medium: '5.0',
  low: '2.0',
}

/** A run as a SARIF log. Paths are relative to the scanned folder. */
export function toSarif(
  findings: readonly CodeFinding[],
  rules: readonly CodeRule[],
  version: string,
): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'dbmedic',
            semanticVersion: version,
            rules: rules.map((rule) => ({
              id: rule.id,
              shortDescription: { text: rule.title },
              defaultConfiguration: { level: LEVEL[rule.severity] },
              properties: {
                'problem.severity': LEVEL[rule.severity] === 'note' ? 'recommendation' : LEVEL[rule.severity],
                ...(rule.id === 'SQL_INJECTION'
                  ? {
                      'security-severity': SECURITY[rule.severity],
                      tags: ['security', 'external/cwe/cwe-089'],
                    }
                  : {}),
              },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((each) => resultOf(each, rules)),
      },
    ],
  }
}

function resultOf(finding: CodeFinding, rules: readonly CodeRule[]): object {
  return {
    ruleId: finding.ruleId,
    ruleIndex: rules.findIndex((rule) => rule.id === finding.ruleId),
    level: LEVEL[finding.severity],
    message: { text: `${finding.message}. ${finding.why} ${finding.instead}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: finding.file.split('/').map(encodeURIComponent).join('/') },
          region: {
            startLine: finding.line,
            startColumn: finding.column,
            endLine: finding.endLine,
            endColumn: finding.endColumn,
          },
        },
      },
    ],
    partialFingerprints: { 'dbmedic/v1': findingKey(finding) },
  }
}

/**
 * What stays the same when lines move: 32 hex digits over rule, file, message and the statement's fingerprint. Two findings of
 * one statement that say the same share it.
 */
export function findingKey(finding: CodeFinding): string {
  const parts = [finding.ruleId, finding.file, finding.message, finding.statementFingerprint]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
