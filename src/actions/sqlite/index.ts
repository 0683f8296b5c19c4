/** Actions of engine `sqlite`. No target has this engine yet, so the catalogue of the installation does not list them. */
export { changeColumnType } from './change-column-type.ts'
