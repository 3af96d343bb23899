// The emoji that dbaccess uses and people are likely to react with.

const names: Record<string, string> = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫", eyes: "👀", "+1": "👍", thumbsup: "👍",
  "-1": "👎", thumbsdown: "👎", tada: "🎉", pray: "🙏", rocket: "🚀", fire: "🔥", heart: "❤️", joy: "😂", smile: "😄", thinking_face: "🤔",
  raised_hands: "🙌", clap: "👏", wave: "👋", ok_hand: "👌", hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", clock1: "🕐",
  stopwatch: "⏱️", warning: "⚠️", rotating_light: "🚨", lock: "🔒", unlock: "🔓", key: "🔑", shield: "🛡️", mag: "🔍", information_source: "ℹ️",
  question: "❓", exclamation: "❗", bulb: "💡", memo: "📝", page_facing_up: "📄", file_cabinet: "🗄️", floppy_disk: "💾", bar_chart: "📊",
  link: "🔗", wastebasket: "🗑️", arrow_right: "➡️", leftwards_arrow_with_hook: "↩️", large_green_circle: "🟢", large_yellow_circle: "🟡",
  large_orange_circle: "🟠", red_circle: "🔴", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫", speech_balloon: "💬",
  bell: "🔔", robot_face: "🤖", bust_in_silhouette: "👤", busts_in_silhouette: "👥", package: "📦", star: "⭐", sos: "🆘", octagonal_sign: "🛑",
  hand: "✋", raised_hand: "✋", see_no_evil: "🙈", detective: "🕵️", broom: "🧹", scroll: "📜", no_good: "🙅", checkered_flag: "🏁",
};
const skins = ["🏻", "🏼", "🏽", "🏾", "🏿"];

/** What the reaction picker offers. */
export const choice = [
  "white_check_mark", "x", "eyes", "+1", "-1", "tada", "pray", "rocket", "heart", "joy", "thinking_face", "raised_hands",
  "clap", "wave", "ok_hand", "hourglass", "warning", "lock", "question", "memo", "fire", "star", "bulb", "octagonal_sign",
];

/** emoji returns the character of a name such as "+1::skin-tone-3", or :name: if it has none here. */
export function emoji(name: string): string {
  const [base, tone] = name.split("::skin-tone-");
  const char = names[base];
  if (!char) return `:${name}:`;
  return tone ? char + (skins[Number(tone) - 2] ?? "") : char;
}
