/** Roles in a workspace. What each may do is the doors' to say (`src/server/rights.ts`). */

/** What a login may be in a workspace. */
export const MEMBER_ROLES = ['viewer', 'operator', 'approver', 'administrator', 'auditor'] as const
/** One of them. */
export type MemberRole = (typeof MEMBER_ROLES)[number]
