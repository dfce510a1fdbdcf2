"""The known wording of JSON requests: whole phrases, never a bag of words (soundness rule 1).

Case does not matter in these phrases; what stands in their slots (keys, values, texts) is taken as it is written.
"""

from __future__ import annotations

import re

from stepcache_lc.core.align import vocabulary

PLACEHOLDER = "[\ue000-\uf8ff]"


def _c(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


ADJ = "(?:a|an|one|the|only|just|single|valid|strict|flat|well-formed|raw|plain|proper|simple|structured|your)"
JSON = (
    rf"(?:{ADJ} )*json"
    "(?: (?:object|document|response|output|format|data|answer|record|structure|form|representation))?"
)
MANY = _c(r" (?:array|list)(?: of (?:json )?(?:objects|records|entries|items|dictionaries))?(?=$|[ ,:.])")
POLITE = _c(
    r"(?:please|kindly|now|then|next|finally|and|also)[, ]+"
    r"|(?:can|could|would|will) you (?:please )?|i(?:'d| would) like you to |i (?:want|need) you to |your task is to "
)
OUT = _c(
    rf"(?:(?:(?:return|give|output|produce|generate|create|write|provide|make|build|print|emit|send|show|i need|i want"
    r"|i would like|i'd like)(?: (?:me|us))?(?: (?:back|only|just))?"
    r"(?: (?:this|that|it|them|these|(?:the|your) (?:answer|result|results|response|output|data|information|details"
    r"|following)))?(?: (?:as|in|with|to))?"
    r"|(?:reply|respond|answer)(?: (?:back|only|just|strictly))?(?: (?:with|in|using|as))(?: (?:only|just))?"
    rf"|(?:format|structure) (?:your|the) (?:answer|reply|response|output|result) (?:as|in)|(?:as|in)"
    r"|(?:your|the) (?:answer|reply|response|output|result) (?:must|should|has to|needs to|is to) be"
    rf"(?: (?:given|returned|written|formatted))?(?: (?:as|in))?) )?{JSON}"
)
ASK = _c(
    r"(?:extract|pull(?: out)?|get|list|find|identify|parse|collect|read|take)(?: (?:the|these|out))*(?: following)? "
)
ASK_KEYS = _c(r"(?:keys|fields|values|properties|details|information|data|entities|attributes)(?: for| of)?:? ?")
AS_JSON = _c(
    rf",? ?(?:as|into|in|to|and (?:return|give|output|put|provide|format) (?:it|them|the result"
    rf"|the results) (?:as|in)|and (?:return|give|output|provide|respond with|reply with)(?: only| just)?) {JSON}"
)
TURN = _c(
    r"(?:convert|turn|transform|put|parse|format|rewrite|change|structure|represent|express|render|map|summari[sz]e"
    r"|describe|encode|serialize|write) (?:all )?(?:of )?"
)
STUDY = _c(
    r"(?:classify|summari[sz]e|analy[sz]e|describe|rate|evaluate|review|assess|categori[sz]e|tag|label|read|look at"
    r"|consider|examine|inspect|parse|process|score|grade|use|take|study) "
)
# These verbs ask for no judgement: what stands in a form is what is wanted.
READING = vocabulary("read consider parse process use take") | {"look at"}
# Words that only say where the data is.
SOURCE_WORDS = vocabulary("for from of describing representing given") | {"based on"}
THEN = _c(r"(?:,? and then|, then|,? and|;) ")
REFERENCE = _c(
    r"(?:(?:this|that|these|those|the|each)(?: (?:following|above|given|below|attached))?"
    r"(?P<noun>(?: (?!(?:as|into|in|to|and|or|plus|then|with|from|for|using|above|below|here|of)\b)[a-z][a-z-]*){0,3})"
    rf"(?: (?:above|below|here))?|it|them|everything above)(?=$|[\s:,.]|{PLACEHOLDER})"
)
NO_NOUN = vocabulary(
    """
    above following below data text information info details input content one lines line
    """
)
DATA_NOUNS = vocabulary(
    """
    ticket order form customer record entry email e-mail message invoice receipt table row csv list document article
    note letter profile user person contact product booking reservation shipment report log transcript review listing
    """
)
WITH = _c(
    r",? ?(?:(?:with|containing|having|that has|that have|that contains|which contains|which has|that includes"
    r"|using|use|consisting of"
    r"|including|include|whose)|(?:it |that )?(?:should|must) (?:have|contain|include|use)"
    r"|(?:it |that )?(?:has|contains|includes))(?P<only> (?:exactly|only|just|precisely))?(?: (?:the|these|those))?"
    r"(?: following)?(?: (?P<count>one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2}))?(?: (?:required"
    r"|json|top-level))?"
    r"(?: (?:keys?|fields?|propert(?:y|ies)|attributes?))(?P<only2> (?:only|exactly))?(?: named| called| are)?:?\s+"
)
INCLUDING = _c(
    r"(?:,? ?)(?:that includes|including|include|(?:it |that )?(?:should|must) include|(?:it |that )?includes)\b"
)
KEYS_LABEL = _c(
    r"(?:(?:the|use|required|json|with|output|these|exactly|only) )*(?:keys|fields|properties|attributes)(?: are"
    r"| to extract)?\s*: ?"
)
OBJECT_MUST = _c(
    r"(?:the|your|each) (?:json|object|json object|answer|response|output|result)(?: object)?(?= (?:should|must"
    r"|has|contains|includes))"
)
SHAPE_NOUN = (
    r"(?: (?:exact|given|json|typescript|ts|pydantic|example|output|response|answer|return|desired|expected|required))*"
    r" (?:schema|format|structure|shape|type|interface|model|template|example|form|layout|object)"
)
SHAPE = _c(
    r",? ?(?:(?:(?:that )?(?:match(?:ing|es)?|follow(?:ing|s)?|conform(?:ing|s)? to|according to|in|using|use|with"
    r"|of|based on|as|valid against)(?: (?:exactly|strictly))?)?(?: (?:this|the|the following|following|that"
    r"|exactly this))?"
    rf"(?:{SHAPE_NOUN})?|for (?:this|the|the following){SHAPE_NOUN})"
    rf"(?: below| above)?:?\s*(?P<shape>{PLACEHOLDER})"
)
FILL = _c(
    rf"(?:fill(?: in| out)?|complete|populate) (?:this|the|the following)(?: json)?(?:{SHAPE_NOUN})?:?"
    rf"\s*(?P<shape>{PLACEHOLDER})"
)
WITH_QUOTED = _c(r",? ?(?:with|containing|having|that has|that contains)(?: the| these)?:?\s+(?=[`\ue000-\uf8ff])")
GIVEN = _c(
    r"(?:use|consider|here (?:is|are|comes?)|this is|these are|below (?:is|are)|the following (?:is|are)|see|read)"
    r"(?= (?:the|this|that|these|a|an|some|all|my|our)\b)"
)
GIVEN_FIRST = _c(r"(?:using|given|from|based on|with|for) (?=(?:the|this|that|these)\b)")
SOME_NOUN = _c(r" (?:the|this|that|these|a|an|some|my|our)((?: [a-z][a-z-]*){1,3})(?: (?:below|above|here))?\s*:?\s*")
QUESTION = _c(r"(?:what|who|when|where|which|how|is|are|does|do|did|was|were|can)\b[^?]{2,300}\?")
ABOUT = _c(
    r",? ?(?P<word>for|about|describing|representing|of|from|based on|that describes|that represents|given)(?: |(?=:))"
)
ONLY = _c(
    r",? ?(?:only|and nothing else|nothing else|with nothing else|(?:with )?no (?:other|additional|extra"
    r"|further) (?:text|prose|words|output|keys"
    r"|fields|commentary)|(?:with(?:out)? |and )?(?:no |any )?(?:other |additional |extra )?(?:explanations?"
    r"|prose|commentary|comments))"
)
NO_FENCE = _c(
    r",? ?(?:(?:and|with) )?(?:no|without(?: any)?) (?:markdown|code fences?|code blocks?|backticks)(?: formatting)?"
    r"(?=$|[ ,.])"
)
NAMING = _c(
    r",? ?(?:with|containing|having|including)(?P<only> (?:exactly|only|just))?(?: (?:the|these|those|an?))?"
    r"(?= [^.;:!?\n]{1,300} (?:keys?|fields?|properties|attributes)\b)"
)
FROM_BELOW = _c(r" (?:from|for|of|based on|using|given)")
NAMED = _c(r"(?: as (?:the |its |your )?)? ?(?:keys?|fields?|properties|attributes)\b")
MEANT = _c(
    r"(?:it|this|the (?:json|object|json object|record|result|output)) (?:should |must |is to )?(?:(?P<word>represents?"
    r"|describes?)|(?:is|be) (?P<for>for|about)) "
)
SHOWN_LABEL = _c(
    r"(?:(?:output|response|answer|expected|required|desired|json|return) )?(?:schema|format|structure|template|shape):"
)
MAKE = _c(
    r"(?:list|generate|create|suggest|provide|write|name|show|return|give|extract|find|identify|summari[sz]e|invent"
    r"|imagine|make up|design|draft|make) (?:me |us )?"
)
ONLY_KEYS = _c(r".*\b(?:keys|fields)$")
WHOLE_ONLY = _c(
    rf"(?:(?:output|return|reply with|respond with|give|give me|answer with|answer in|respond in|reply in|print"
    rf"|write|provide|produce)"
    rf"(?: only| just| nothing but)?(?: {JSON})(?: only)?(?:,? (?:and )?nothing else|, no (?:prose|other text"
    rf"|explanations?))?"
    rf"|only (?:return|output|reply with|respond with|give|print) {JSON}|{JSON} only|only {JSON}"
    r"|(?:output |return |reply with |respond with )?(?:the )?(?:json|object)(?: object)? only"
    r"|(?:do not|don't) (?:include|add|write|output|give) (?:any )?(?:other |additional |extra )?(?:text|prose"
    r"|explanations?|commentary|comments)"
    r"(?: or (?:text|prose|explanations?|commentary|comments))?"
    r"|no (?:other |additional |extra )?(?:text|prose|explanations?|commentary|comments)(?:,? (?:please"
    r"|just (?:the )?json))?)"
)
WHOLE_BARE = _c(
    r"(?:(?:do not|don't) (?:use|include|add|wrap (?:it|the json) in) (?:any )?(?:markdown|code fences?"
    r"|code blocks?|backticks)"
    r"(?: or (?:markdown|code fences?|code blocks?|backticks))?|no (?:markdown|code fences?|code blocks?|backticks)"
    r"(?:,? no (?:prose|explanations?|markdown|other text))?)"
)
WHOLE_VOID = _c(
    r"answer the (?:user(?:'s)?|following) (?:query|question|request)(?: below)?"
    r"|you are (?:an? )?(?:(?:helpful|expert|professional|precise|data|information|text|entity) )*(?:extraction )?"
    r"(?:assistant|algorithm|expert|bot|engine|system|tool|parser)"
    r"|only extract (?:the )?relevant information(?: from the text)?"
)
WHOLE_NULL = _c(
    r"(?:use|put|write|give|set) null (?:for|if|when) (?:(?:a |any )?(?:missing|unknown|absent)(?: or (?:missing"
    r"|unknown|absent))? (?:values?|fields?|keys?)"
    r"|(?:a|any) (?:value|field|key) is (?:missing|unknown|absent|not given|not known))"
)
CLOSED_KEYS = _c(
    r"(?:do not|don't) (?:add|include|use|invent) (?:any )?(?:other|additional|extra|more) (?:keys|fields|properties)"
)
TYPE_WORD = _c(r"(?:an? )?(?:string|str|number|integer|int|float|boolean|bool|list|array|object|date)s?\b")
NOT_A_NOUN = (
    r"(?!(?:with|without|in|as|and|or|using|including|include|containing|having|that|which|of|to|from|for|about"
    r"|on|by|named"
    r"|called|not|no|only|plus|where|if|when|whose|instead|except|but|then|please|based|given|describing"
    r"|representing)\b)"
)
NOUNS = _c(rf" (?P<role>{NOT_A_NOUN}[a-z][a-z-]*)(?=$|[ ,:.])")
PULLING = vocabulary("extract parse get pull read identify find collect complete") | {"fill in", "fill out"}
ARTICLES = vocabulary("the a an all this that these those me us following relevant")
HOSTED = _c(
    r"(?P<verb>fill in|fill out|complete|extract|parse|get|pull|read|identify|find|collect|create|make|generate"
    r"|give|write|produce|describe|build"
    r"|classify|analy[sz]e|summari[sz]e)(?P<what>(?: (?!(?:from|for|about|in|of|based)\b)[a-z][a-z'-]*){0,6})"
    r"(?=$|[ :.])"
)
LABELLED = re.compile(rf"[A-Z][a-z]+(?: [a-z]+)?:\s*({PLACEHOLDER})")
# First words of what a key holds, rather than of a text that is data.
DESCRIBING = vocabulary(
    """
    the a an in as of on at to for from by with their his her its your whether if how what which who when where one
    full short brief first last main name number list date year years up max min maximum minimum optional required
    string integer float boolean array text either any all each every some no not must should can may is are be
    """
)
