"""What the people of the tour say and write. The organization's own words are Chinese in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One case from the call to the close-out, and a complaint that is handed in on the public page."""

    subject: str
    content: str
    instructions: str
    work: str
    more_time: str
    granted: str
    cause: str
    result: str
    follow_up: str
    complaint: str
    complaint_place: str
    complaint_request: str
    complainant: str


WORDS = {
    "zh": Words(
        subject="电梯按键不灵，要按很多次",
        content="业主来电：单元电梯6层、11层的按键要按很多次才有反应，老人在门口等了十多分钟，希望尽快修好。",
        instructions="到场前请先电话联系业主。",
        work="到场检查：按键面板两只微动开关失灵，已联系厂家订购面板。",
        more_time="按键面板须向厂家订购，明天下午到货，请求延期一天。",
        granted="同意。请今天告知业主到货时间。",
        cause="按键微动开关老化",
        result="更换按键面板，6层、11层逐一测试，按一次即有反应。",
        follow_up="业主说按键灵了，对处理满意。",
        complaint="从昨晚起，5号楼2单元三楼的楼道灯一直不亮，老人下楼看不清台阶，很危险。",
        complaint_place="锦绣花园5号楼2单元三楼",
        complaint_request="尽快换灯",
        complainant="何女士",
    ),
    "en": Words(
        subject="Lift buttons do not react",
        content="The caller says that the buttons for floors 6 and 11 have to be pressed many times. "
        "Her mother waited ten minutes at the door. She asks for a quick repair.",
        instructions="Please call her before you come.",
        work="Checked on site: two switches in the panel are broken. A new panel has been ordered.",
        more_time="The panel has to be ordered and arrives tomorrow afternoon. One more day, please.",
        granted="Granted. Tell the caller today when it arrives.",
        cause="Worn switches behind the buttons",
        result="Panel replaced; floors 6 and 11 react to the first touch.",
        follow_up="She says the buttons work, and is satisfied.",
        complaint="Since last night the light on the third floor has been out. "
        "My mother cannot see the steps when she goes down.",
        complaint_place="Building 5, unit 2, third floor",
        complaint_request="Please change the lamp",
        complainant="Ms He",
    ),
}
