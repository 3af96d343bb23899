// The emoji that dbaccess uses and people are likely to react with.

import { h, VNode } from "./dom";
import { closePopup, popup } from "./popup";
import { redraw } from "./ui";

const table =
  "white_check_mark ✅ heavy_check_mark ✔️ x ❌ eyes 👀 +1 👍 -1 👎 tada 🎉 pray 🙏 raised_hands 🙌 clap 👏 wave 👋 ok_hand 👌 muscle 💪 point_up ☝️ " +
  "hand ✋ handshake 🤝 heart ❤️ fire 🔥 rocket 🚀 star ⭐ sparkles ✨ 100 💯 smile 😄 grinning 😀 joy 😂 slightly_smiling_face 🙂 wink 😉 " +
  "blush 😊 heart_eyes 😍 sunglasses 😎 thinking_face 🤔 neutral_face 😐 face_with_rolling_eyes 🙄 sweat_smile 😅 cry 😢 sob 😭 scream 😱 " +
  "angry 😠 exploding_head 🤯 partying_face 🥳 facepalm 🤦 shrug 🤷 see_no_evil 🙈 robot_face 🤖 ghost 👻 skull 💀 coffee ☕ pizza 🍕 beers 🍻 " +
  "cake 🎂 no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 warning ⚠️ rotating_light 🚨 sos 🆘 lock 🔒 unlock 🔓 closed_lock_with_key 🔐 key 🔑 " +
  "shield 🛡️ mag 🔍 information_source ℹ️ question ❓ exclamation ❗ bangbang ‼️ bulb 💡 bell 🔔 no_bell 🔕 hourglass ⌛ " +
  "hourglass_flowing_sand ⏳ alarm_clock ⏰ stopwatch ⏱️ clock1 🕐 calendar 📅 date 📅 memo 📝 pencil2 ✏️ page_facing_up 📄 scroll 📜 clipboard 📋 " +
  "pushpin 📌 paperclip 📎 link 🔗 file_cabinet 🗄️ floppy_disk 💾 package 📦 bar_chart 📊 chart_with_upwards_trend 📈 " +
  "chart_with_downwards_trend 📉 wastebasket 🗑️ broom 🧹 hammer_and_wrench 🛠️ wrench 🔧 gear ⚙️ bug 🐛 computer 💻 elephant 🐘 speech_balloon 💬 " +
  "thought_balloon 💭 email 📧 bust_in_silhouette 👤 busts_in_silhouette 👥 detective 🕵️ no_good 🙅 runner 🏃 checkered_flag 🏁 zap ⚡ " +
  "arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ leftwards_arrow_with_hook ↩️ arrow_forward ▶️ repeat 🔁 arrows_counterclockwise 🔄 heavy_plus_sign ➕ heavy_minus_sign ➖ " +
  "large_green_circle 🟢 large_yellow_circle 🟡 large_orange_circle 🟠 red_circle 🔴 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫";

const chars = new Map<string, string>();
const words = table.split(" ");
for (let i = 0; i < words.length; i += 2) chars.set(words[i], words[i + 1]);

/** names are those that can be searched for; a few more are understood. */
export const names = [...chars.keys()];
for (const [alias, name] of [["thumbsup", "+1"], ["thumbsdown", "-1"], ["raised_hand", "hand"], ["stop_sign", "octagonal_sign"], ["lock_with_ink_pen", "lock"]]) {
  chars.set(alias, chars.get(name)!);
}

const skins = ["🏻", "🏼", "🏽", "🏾", "🏿"];

/** emoji returns the character of a name such as "+1::skin-tone-3", or :name: if it has none here. */
export function emoji(name: string): string {
  const [base, tone] = name.split("::skin-tone-");
  const char = chars.get(base);
  if (!char) return `:${name}:`;
  return tone ? char + (skins[Number(tone) - 2] ?? "") : char;
}

export const find = (query: string): string[] => names.filter((n) => n.includes(query.toLowerCase()));

let query = "";

/** picker is the popup to choose an emoji from; verb says to screen readers what for. */
export function picker(name: string, verb: string, choose: (emoji: string) => void): VNode | null {
  return popup(name, { class: "picker end", role: "dialog", "aria-label": "Emoji", "data-columns": "8", onremove: () => (query = "") }, () => {
    const found = find(query), take = (n: string) => { query = ""; closePopup(); choose(n); };
    return [
      h("input", {
        type: "search", class: "field", placeholder: "Search emoji", "aria-label": "Search emoji", value: query, autocomplete: "off",
        oninput: (e) => { query = (e.currentTarget as HTMLInputElement).value; redraw(); },
        onkeydown: (e) => { if (e.key === "Enter" && found[0]) { e.preventDefault(); take(found[0]); } },
      }),
      h("div.grid", null, found.map((n) => h("button", {
        key: n, tabindex: "-1", "aria-label": verb + n, title: `:${n}:`, "data-emoji": n, onclick: () => take(n),
      }, emoji(n)))),
      !found.length && h("div.hint.none", null, "No emoji of that name"),
    ];
  });
}
