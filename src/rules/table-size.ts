/** What is known of a table's size without asking a server: nothing but what its name says. */

const SHORT =
  /^(roles?|permissions?|countr(y|ies)|currenc(y|ies)|languages?|locales?|settings?|configs?|configurations?|plans?|categor(y|ies)|tags?|tenants?|workspaces?|teams?|types?|\w*webhooks?)$/i

/** Whether a table is short by its name, as lists of roles, countries and settings are. */
export const isShortByName = (table: string): boolean => SHORT.test(table)
