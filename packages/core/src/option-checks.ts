export { checkNumbers, refuseFaults, suggestion } from "./options.ts";
export type { CheckedAmong, NumberOption, NumberOptions } from "./options.ts";
