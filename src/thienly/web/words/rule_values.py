"""The fixed words of a profile (`rules.profile_sections`) as people say them, Vietnamese and English."""

VALUES: dict[str, tuple[str, str]] = {
    # forms of evidence
    "in_app": ("quyết định trong phần mềm", "decision in the program"),
    "opinion": ("ý kiến", "opinion"),
    "written_or_opinion": ("văn bản hoặc ý kiến phê duyệt", "written consent or approving opinion"),
    "written": ("bằng văn bản", "written"),
    "any": ("bất kỳ ai trong số nêu trên", "any one"),
    "all": ("tất cả", "all"),
    # conditions
    "always": ("mọi trường hợp", "always"),
    "recipient_outside_unit": ("người nhận thuộc đơn vị khác", "the recipient is outside the unit"),
    "actor_is_provider": ("người thực hiện là đơn vị cung cấp", "the provider acts"),
    "requester_is_holder": ("người đề nghị có tài khoản", "the requester has an account"),
    "requester_not_holder": ("người đề nghị không có tài khoản", "the requester has no account"),
    "requester_not_manager_of_camera": (
        "người đề nghị không quản lý camera",
        "the requester does not manage it",
    ),
    "camera_outside_own_remit": ("camera ngoài phạm vi quản lý", "the camera is outside the remit"),
    "proposed_by_other": ("do đơn vị khác đề xuất", "another unit proposes"),
    "change_of_equipment": ("thay đổi thiết bị", "equipment changes"),
    "public_investment": ("dự án đầu tư công", "public investment"),
    # matters of approval
    "view.any": ("xem camera ngoài phạm vi", "see cameras outside the remit"),
    "data.change": ("thay đổi dữ liệu", "change data"),
    "device.attach": ("kết nối thiết bị, phần mềm khác", "attach devices or software"),
    "device.change": ("thay đổi thiết bị", "change equipment"),
    "device.activate": ("đưa thiết bị vào sử dụng", "take a device into use"),
    "site.install": ("lắp đặt camera", "install cameras"),
    "grant.sector": ("cấp quyền theo ngành, lĩnh vực", "grant access to a sector"),
    "api.issue": ("cấp phương thức truy cập kỹ thuật", "issue technical access"),
    "public.publish": ("công bố dữ liệu", "publish data"),
    "project.approve": ("thẩm định dự án", "approve a project"),
    # how it is enforced
    "block": ("chặn", "block"),
    "detect": ("phát hiện", "detect"),
    "record": ("ghi nhận", "record"),
    "https_only": ("chỉ qua https", "https only"),
    "block_others": ("chặn mạng khác", "block other networks"),
    "separate_gateway": ("cổng riêng", "separate gateway"),
    "block_plaintext": ("chặn truyền không mã hóa", "block plain text"),
    # time
    "immediate": ("ngay", "at once"),
    "working_day": ("ngày làm việc", "working days"),
    "day": ("ngày", "days"),
    "hour": ("giờ", "hours"),
    "month": ("tháng", "months"),
    "on_event": ("khi xảy ra", "when it happens"),
    "on_decision": ("khi có quyết định", "on a decision"),
    "on_request": ("khi được yêu cầu", "on request"),
    "before_install": ("trước khi lắp đặt", "before installation"),
    "parameter": ("theo nội dung để ngỏ", "left open"),
    "after_last": ("tính từ lần trước", "after the last time"),
    "before_day:25": ("trước ngày 25", "before the 25th"),
    # tiers
    "province": ("cấp tỉnh", "province"),
    "district": ("cấp huyện", "district"),
    "commune": ("cấp xã", "commune"),
    "station": ("trạm", "station"),
    "external": ("bên ngoài", "external"),
    # seats
    "leader": ("lãnh đạo", "leader"),
    "head": ("người đứng đầu", "head"),
    "specialist": ("cán bộ chuyên môn", "specialist"),
    "admin": ("quản trị", "administrator"),
    "operator": ("vận hành", "operator"),
    "assigned": ("được phân công", "assigned"),
    "contact": ("đầu mối", "contact"),
    # parties
    "using_unit": ("đơn vị sử dụng", "using unit"),
    "direct_superior": ("cấp trên trực tiếp", "direct superior"),
    "site_leader": ("lãnh đạo nơi đặt camera", "leader of the place"),
    "competent_authority": ("cấp có thẩm quyền", "competent authority"),
    "competent_manager": ("người có thẩm quyền quản lý", "competent manager"),
    "relevant_agencies": ("cơ quan có liên quan", "relevant agencies"),
    "response_agency": ("cơ quan ứng cứu sự cố", "incident response agency"),
    "road_authority": ("cơ quan quản lý đường bộ", "road authority"),
    "specialised_agency": ("cơ quan chuyên môn", "specialised agency"),
    # verbs that the program does not carry out yet
    "process": ("xử lý hình ảnh", "process pictures"),
    "share.via_hub": ("chia sẻ qua hệ thống tập trung", "share through the hub"),
    "data.propose": ("đề xuất thay đổi dữ liệu", "propose changes of data"),
    "data.approve": ("quyết định thay đổi dữ liệu", "decide on changes of data"),
    "notify": ("báo cáo sự cố", "report incidents"),
    "reconcile": ("đối chiếu sản lượng", "reconcile output"),
    "True": ("có", "yes"),
    "n": ("số", "number"),
    "unit": ("đơn vị tính", "unit"),
    "secret": ("bí mật nhà nước", "State secret"),
}

FOR_MACHINES = frozenset(
    {"categories", "event", "fields", "flag", "kind", "rule", "trigger", "undecided", "value"}
)
"""Fields whose values are names for programs; the words of the rule and of its article say the same."""
