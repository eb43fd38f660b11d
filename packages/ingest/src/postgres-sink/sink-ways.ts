/** For live tests: the ways in which a sink brings its rows into the table. Each must do the same. */
export const ways = [
  { how: "by statement", options: {} },
  { how: "by COPY", options: { copyRowsMin: 1 } },
] as const;
