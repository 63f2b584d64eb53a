//! The words that matter and what they can do in an attack. Rows are sets of words with a class;
//! a word may be in several rows. Base forms only where the imperative matters: "ignored" tells
//! about an attack, "ignore" may be one.

use std::sync::LazyLock;

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        #[derive(Clone, Copy)]
        #[repr(u8)]
        #[expect(clippy::upper_case_acronyms, reason = "positions for the constants below")]
        enum Bit { $($name,)* }

        impl Class {
            $($(#[$doc])* pub(crate) const $name: Self = Self(1 << Bit::$name as u8);)*
        }
    };
}

/// A set of lexical classes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Class(u64);

classes! {
    /// A word of ordinary English.
    KNOWN,
    /// First word of a sentence.
    FIRST,
    /// Written in capitals.
    CAPITALS,
    /// A number.
    NUMBER,
    /// Digits stand for letters.
    LEET,
    /// Sets aside: ignore, forget, bypass.
    OVERRIDE,
    /// What came before, or all of it.
    PRIOR,
    /// Instructions, rules, prompts.
    RULES,
    /// Reveal, print, repeat.
    EXTRACT,
    /// System, hidden, initial, secret.
    HIDDEN,
    /// Act, pretend, play, simulate.
    PERSONA,
    /// Unfiltered, uncensored, amoral.
    UNBOUND,
    /// Refuse, apologise, decline, warn.
    REFUSE,
    /// No, not, never, without.
    NEGATION,
    /// You, your.
    YOU,
    /// I, me, my.
    ME,
    /// Answer, reply, response.
    ANSWER,
    /// Must, always, only, immediately.
    FORCE,
    /// Send, post, forward, upload.
    SEND,
    /// Passwords, keys, histories, private data.
    SENSITIVE,
    /// URLs, servers, webhooks, attackers.
    OUTSIDE,
    /// Assistant, AI, model and the names of models.
    AI,
    /// Administrator, developer, root.
    AUTHORITY,
    /// Call, run, execute, use.
    RUN,
    /// Tool, function, command, code.
    TOOL,
    /// Delete, wipe, disable, shut down.
    DESTROY,
    /// Pay, transfer, buy, grant.
    TRANSFER,
    /// Words of writing about attacks.
    ABOUT,
    /// Now, instead, new, from.
    SWITCH,
    /// Base64, rot13, decode, cipher.
    ENCODING,
    /// Fiction and games.
    FICTION,
    /// Mode, character, persona, role.
    ROLE,
    /// Say, print, output, respond.
    SAY,
    /// Tell, inform, mention, notify.
    TELL,
    /// The user, the human.
    USER,
    /// Important, urgent, attention.
    URGENT,
    /// Limits, restrictions, filters, ethics.
    LIMIT,
    /// Comply, obey, adhere, follow.
    OBEY,
    /// Include, add, append, embed.
    INSERT,
    /// Illegal, harmful, malicious, explicit.
    HARM,
    /// If, when, whenever, once.
    WHEN,
    /// What, which.
    WHAT,
    /// Text, string, message, words, sentence.
    TEXT,
    /// Before, above, prior as an adverb: where something stands.
    ABOVE,
    /// Task, job, request, question.
    TASK,
    /// Anything, everything, whatever.
    ANYTHING,
    /// Do, perform, complete, accomplish.
    DO,
    /// Start, begin, prefix.
    BEGIN,
    /// Please, kindly.
    PLEASE,
    /// Exactly, verbatim, word.
    VERBATIM,
    /// The past tense and nouns of the verbs above: telling, not asking.
    NARRATIVE,
    /// End, finish, over, as a delimiter.
    END,
    /// Enabled, activated, unlocked.
    ENABLE,
    /// The instructions themselves: prompt, instructions, rules.
    PROMPT,
    /// As, like: what a persona follows.
    AS,
}

impl Class {
    /// No class.
    pub(crate) const EMPTY: Self = Self(0);

    /// Whether any class of `other` is here.
    #[inline]
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The set as bits.
    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Both sets.
    #[inline]
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is here.
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The hash of the empty word.
pub(crate) const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// Adds one lower-case byte to a word's hash (FNV-1a).
#[inline]
pub(crate) const fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

/// The classes of the word with this hash.
#[inline]
pub(crate) fn class_of(hash: u64) -> Class {
    let table = &*TABLE;
    let mut slot = slot_of(hash);
    loop {
        match table.get(slot) {
            Some((found, class)) if *found == hash => return *class,
            Some((0, _)) | None => return Class::EMPTY,
            Some(_) => slot = (slot + 1) & (SLOTS - 1),
        }
    }
}

/// A power of two well above twice the number of words.
const SLOTS: usize = 1 << 14;

#[inline]
const fn slot_of(hash: u64) -> usize {
    (hash ^ hash >> 29) as usize & (SLOTS - 1)
}

static TABLE: LazyLock<Vec<(u64, Class)>> = LazyLock::new(|| {
    let mut table = vec![(0, Class::EMPTY); SLOTS];
    let known = COMMON.split_whitespace().map(|word| (word, Class::EMPTY));
    let classed = WORDS
        .iter()
        .flat_map(|(class, words)| words.split_whitespace().map(|word| (word, *class)));
    for (word, class) in known.chain(classed) {
        // Canonical text is folded, so the words of other languages are looked up folded too.
        let folded;
        let word = if word.is_ascii() {
            word
        } else {
            folded = crate::canonical::fold(word).visible.finish().0;
            folded.as_str()
        };
        let hash = word
            .bytes()
            .fold(SEED, |hash, byte| step(hash, byte.to_ascii_lowercase()));
        let mut slot = slot_of(hash);
        while table
            .get(slot)
            .is_some_and(|(found, _)| *found != 0 && *found != hash)
        {
            slot = (slot + 1) & (SLOTS - 1);
        }
        if let Some(entry) = table.get_mut(slot) {
            *entry = (hash, entry.1.with(class).with(Class::KNOWN));
        }
    }
    table
});

/// Words that make a text look like language; drawn from technical and everyday English.
static COMMON: &str = include_str!("common-words.txt");

static WORDS: &[(Class, &str)] = &[
    (
        Class::OVERRIDE,
        "ignore disregard forget override overrule bypass discard neglect dismiss abandon overlook skip cancel nullify void circumvent overwrite unlearn omit reset supersede suspend drop scrap disobey violate break erase clear remove stop pause nevermind defy sidestep evade lift waive invalidate revoke delete deactivate disable replace \
      ignoriere ignorieren vergiss vergessen missachte umgehe verwirf ignora ignorad ignorar olvida olvidar omite descarta oublie oubliez oublier ignorez ignorer negligez dimentica dimenticare ignorare ignorate trascura esqueca ignore esquecer desconsidere negeer vergeet zignoruj zapomnij игнорируй игнорируйте забудь забудьте",
    ),
    (
        Class::PRIOR,
        "previous prior above preceding earlier existing original initial foregoing past former aforementioned old current all any every everything previously received gave given told \
      vorherigen vorherige vorigen bisherigen obigen fruheren alle allen anteriores anterior previas previos todas todos toda todo precedentes precedente precedentes toutes tous tout tutte tutti tutto precedenti vorige eerdere poprzednie wszystkie предыдущие предыдущих все всё",
    ),
    (
        Class::RULES,
        "instruction instructions rule rules prompt prompts directive directives guideline guidelines guidance command commands order orders policy policies programming training context directions protocol protocols preprompt conversation statements assignment assignments requirement requirements standards \
      anweisung anweisungen instruktionen regeln befehle vorgaben instrucciones reglas ordenes directrices consignes regles ordres istruzioni regole ordini instrucoes regras ordens instructies regels instrukcje zasady инструкции инструкций правила команды aufgaben aufforderungen",
    ),
    (
        Class::LIMIT,
        "restriction restrictions constraint constraints limitation limitations limit limits safeguard safeguards filter filters guardrail guardrails safety censorship moderation ethics ethical moral morals morality boundaries boundary confines shackles laws norms consequences legality security alignment",
    ),
    (
        Class::PROMPT,
        "prompt prompts instruction instructions preprompt systemprompt metaprompt directives directive guidelines rules configuration programming initialization anweisungen instrucciones consignes istruzioni instrucoes инструкции",
    ),
    (Class::AS, "as like be als como comme come"),
    (
        Class::EXTRACT,
        "reveal show print repeat output display tell disclose leak expose dump recite list echo give share write provide return copy paste summarize summarise translate encode spell describe quote reproduce transcribe state divulge spill regurgitate restate paraphrase extract enumerate present explain know see read \
      zeige verrate nenne wiederhole gib muestra revela repite dime montre revele repete affiche mostra rivela ripeti mostre revele repita toon herhaal pokaz покажи раскрой повтори",
    ),
    (
        Class::HIDDEN,
        "system hidden secret initial original internal confidential developer pre first starting initialization underlying base core startup preset private systemprompt backend metaprompt",
    ),
    (
        Class::PERSONA,
        "act pretend roleplay role simulate imagine become play behave impersonate emulate embody portray assume adopt transform mimic channel personify respond answer operate function \
      spiele agiere tue actua finge imagina agis fais imagine agisci fingi finja atue",
    ),
    (
        Class::ROLE,
        "character persona mode role personality identity alter ego alterego version character's entity bot simulator roleplay dan jailbroken evil twin opposite",
    ),
    (
        Class::UNBOUND,
        "unrestricted unfiltered uncensored unlimited unbound unbounded jailbroken jailbreak unethical immoral amoral unconstrained limitless lawless unhinged unmoderated unbiased uninhibited untethered liberated freed freedom rogue omnipotent nsfw dan shackled unaligned unchained ruthless",
    ),
    (
        Class::REFUSE,
        "refuse refuses decline declines apologize apologise apology apologies sorry cannot cant unable warning warnings disclaimer disclaimers refusal refusals reject rejects moralize lecture censor caveat caveats inappropriate wont couldnt hesitate hesitation complain excuse excuses",
    ),
    (
        Class::NEGATION,
        "no not never dont doesnt without nothing none neither nor isnt arent wont shouldnt mustnt cannot cant free nicht keine kein niemals nunca sin sans jamais mai senza nao sem не никогда без avoid refrain zero lacks lack",
    ),
    (
        Class::YOU,
        "you your yourself youre youve youll ur u du dein deine sie ihre ihr tu tus usted vous votre vos tuo tue voce seu seus ты вы ваши",
    ),
    (Class::ME, "i me my mine im ive we our us"),
    (
        Class::ANSWER,
        "answer answers response responses reply replies output outputs summary solution completion answering responding message review recommendation explanation implementation analysis result report code codebase work antwort respuesta reponse risposta resposta",
    ),
    (
        Class::FORCE,
        "must shall strictly always immediately only just solely exclusively instead mandatory required requires simply merely absolutely regardless unconditionally promptly directly nothing need should henceforth priority precedence",
    ),
    (
        Class::SEND,
        "send post email forward upload transmit transfer exfiltrate submit append attach leak share message mail dispatch deliver report publish fetch visit get request load ping curl wget call export copy sync backup redirect navigate",
    ),
    (
        Class::SENSITIVE,
        "password passwords credential credentials secret secrets token tokens apikey key keys ssn card cards account accounts history contacts env environment private personal confidential records database databases cookies cookie session sensitive details inbox emails documents files file data conversation chat credit bank billing patient medical customer payroll addresses balance passcode otp codes pin wallet seed",
    ),
    (
        Class::OUTSIDE,
        "http https www url link attacker webhook server endpoint site website domain external remote address com net org io hacker third-party recipient",
    ),
    (
        Class::AI,
        "assistant ai chatgpt gpt llm llms model bot chatbot agent agents openai claude gemini llama copilot gpt4 gpt3 bard mistral chat machine robot anthropic grok deepseek qwen alexa siri",
    ),
    (
        Class::AUTHORITY,
        "admin administrator developer root operator superuser sudo engineer owner creator god master supervisor ceo openai anthropic debug maintenance sysadmin overseer authorized security",
    ),
    (
        Class::RUN,
        "call invoke execute run use trigger perform launch open start install navigate visit click browse query evaluate eval apply issue go",
    ),
    (
        Class::TOOL,
        "tool tools function functions command commands api script shell code plugin terminal bash python sql action endpoint program browser link file",
    ),
    (
        Class::DESTROY,
        "delete destroy wipe erase remove shutdown disable format drop terminate kill purge uninstall overwrite corrupt encrypt truncate deactivate cancel lock halt sabotage unplug",
    ),
    (
        Class::TRANSFER,
        "pay wire transfer buy purchase order grant authorize approve unlock subscribe donate refund withdraw deposit book reserve invest sell payment payments invite schedule add create update change modify set permit allow",
    ),
    (
        Class::ABOUT,
        "attack attacks injection injections jailbreaks jailbreaking detect detects detection prevent prevents prevention mitigate mitigation mitigations vulnerability vulnerabilities research paper study studies defend defense defenses defence guard owasp describes described explains example examples dataset benchmark adversarial attacker attackers threat threats malicious exploit exploits cve verify classifier classify classified article blog tutorial documentation section risk risks technique techniques concept concepts phrase phrases called term means mean difference between",
    ),
    (
        Class::SWITCH,
        "now instead new henceforth onwards onward next following updated actual real switch begin hereafter nun jetzt stattdessen ahora maintenant adesso agora теперь rather forward different",
    ),
    (
        Class::ENCODING,
        "base64 base32 rot13 hex hexadecimal leetspeak leet morse encoded encode decode decoded decoding cipher ciphered reversed backwards decrypt decipher ascii85 binary caesar unicode ascii emoji emojis atbash unscramble translate obfuscated",
    ),
    (
        Class::FICTION,
        "hypothetical hypothetically fictional fiction story movie novel imagine imaginary fantasy scenario game roleplay simulation script scene dream alternate universe parallel theoretical theoretically pretend thriller screenplay dialogue villain",
    ),
    (
        Class::SAY,
        "say print output respond reply answer write return type state produce speak generate declare yell display emit sage antworte schreibe di escribe responde dis ecris reponds scrivi rispondi diga escreva скажи ответь напиши",
    ),
    (
        Class::TELL,
        "tell inform mention notify alert reveal disclose explain acknowledge admit discuss remind say warn ask",
    ),
    (
        Class::USER,
        "user users human humans anyone customer client operator them him person people anybody",
    ),
    (
        Class::URGENT,
        "important urgent attention critical crucial imperative vital essential emergency alert notice warning note asap priority immediately mandatory wichtig achtung importante atencion attention importante",
    ),
    (
        Class::OBEY,
        "comply obey adhere follow abide conform submit heed execute fulfill satisfy accept complies obeys follows befolge sigue obedece suivez obbedisci siga execute carry",
    ),
    (
        Class::INSERT,
        "include insert add append embed incorporate integrate attach prepend augment enhance modify weave mention recommend suggest promote advertise put place interweave blend enlist employ leverage engage ensure infuse supplement inject conclude end sprinkle",
    ),
    (
        Class::HARM,
        "illegal harmful malicious explicit offensive violent violence unlawful dangerous profanity sexual racist bomb weapon weapons explosive explosives drugs malware ransomware hack hacking phishing vulgar curse swear obscene toxic hateful derogatory controversial crime criminal steal kill murder poison meth methamphetamine suicide taboo forbidden prohibited lie misinformation",
    ),
    (
        Class::WHEN,
        "if when whenever once upon unless until while during after before",
    ),
    (
        Class::WHAT,
        "what which whats where how was wie que quelles quali quais",
    ),
    (
        Class::TEXT,
        "text string message messages words word sentence sentences content paragraph phrase line lines everything tokens input document passage page",
    ),
    (
        Class::ABOVE,
        "above before prior earlier beginning start top begin preceding previously verbatim oben arriba sopra acima ci-dessus",
    ),
    (
        Class::TASK,
        "task tasks job request requests question questions query goal goals objective objectives mission assignment duty duties purpose",
    ),
    (
        Class::ANYTHING,
        "anything everything whatever any every all",
    ),
    (
        Class::DO,
        "do perform complete accomplish finish execute carry proceed achieve follow handle solve",
    ),
    (
        Class::BEGIN,
        "start begin prefix starting beginning open commence opening beginne empieza commence",
    ),
    (Class::PLEASE, "please kindly bitte por favor pls"),
    (
        Class::VERBATIM,
        "exactly verbatim exact word literally entirety entire full complete whole contents raw unmodified char character",
    ),
    (
        Class::NARRATIVE,
        "ignored ignoring ignores bypassed bypassing bypasses revealed revealing reveals overridden overriding overrides forgot forgotten forgetting pretending pretended disclosed disclosing leaked leaking attempts attempted tries tried trying asks asked asking told telling instructs instructed tricks tricked causes caused may might could can would whether",
    ),
    (
        Class::END,
        "end ends ended ending finish finished over stop stops done eof terminate endofprompt",
    ),
    (
        Class::ENABLE,
        "enabled enable activated activate unlocked unlock engaged initiated initiate entering enter enabling turned disabled",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str) -> Class {
        class_of(word.bytes().fold(SEED, step))
    }

    #[test]
    fn words_have_their_classes_and_the_table_is_sparse() {
        assert!(of("ignore").has(Class::OVERRIDE));
        assert!(of("ignored").has(Class::NARRATIVE) && !of("ignored").has(Class::OVERRIDE));
        assert!(of("the").has(Class::KNOWN));
        assert!(of("qzxv").is_empty());
        assert!(TABLE.iter().filter(|(hash, _)| *hash != 0).count() * 2 < SLOTS);
    }
}
